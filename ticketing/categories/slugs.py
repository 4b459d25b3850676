"""Compute slugs: names for URLs, without characters that need escaping."""

import re
import unicodedata
from collections.abc import Collection

MAX_SLUG_LENGTH = 200


def slug_of(name: str, taken: Collection[str] = ()) -> str:
    """Return a slug for ``name`` that is not in ``taken``; it is never empty.

    Accents are dropped; letters of other alphabets stay; a name without letters and
    digits becomes ``category``; a number is appended to a slug that is taken.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    unaccented = "".join(c for c in plain if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", unaccented))
    base = "-".join(words)[:MAX_SLUG_LENGTH].strip("-") or "category"
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
