"""Slugs: a name in what URLs can spell without escaping."""

import re
import unicodedata
from collections.abc import Collection

LONGEST = 200


def slug_of(name: str, taken: Collection[str] = ()) -> str:
    """Return a slug for ``name`` that is none of those ``taken``, and never empty.

    Accents are dropped; a letter without a counterpart in ASCII stays as it is; a name
    without letters and digits is a ``category``.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", bare))
    base = "-".join(words)[:LONGEST].strip("-") or "category"
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
