"""Find the texts in the code: ``t``, ``tn`` and, in JavaScript, ``parts``."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from ticketing.core.text import TRANSLATIONS, catalog_path, read_catalog

PACKAGE = Path(__file__).parents[1]
KEYWORDS = {"t": None, "tn": (1, 2), "parts": None}
STRING = r'"(?:[^"\\\n]|\\.)*"'
# The console's calls, which may stand inside of template literals; Babel's own method
# for JavaScript does not look into nested ones.
CALL = re.compile(rf"(?<![\w.])(t|tn|parts)\(\s*({STRING})(?:,\s*({STRING}))?")
# Without what changes with every change of the code: line numbers, dates.
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plural}\\n"
"Content-Type: text/plain; charset=UTF-8\\n"

"""


def extract() -> Catalog:
    """Return a catalog of all texts, untranslated, with the files that have them."""
    catalog = Catalog()
    methods: list[tuple[str, Any]] = [
        ("**.py", "python"),
        ("console/vendor/**", "ignore"),
        ("console/**.js", _extract_javascript),
    ]
    found = extract_from_dir(PACKAGE, methods, keywords=KEYWORDS)
    for name, _, text, *_ in sorted(found, key=lambda each: each[0]):
        catalog.add(text, locations=[(f"{PACKAGE.name}/{name}", 0)])
    return catalog


def update() -> None:
    """Write the catalogs with the texts as they are now, and what is translated."""
    template = extract()
    for language in TRANSLATIONS:
        path = catalog_path(language)
        catalog = read_catalog(language) if path.exists() else Catalog(language)
        catalog.update(template, no_fuzzy_matching=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            plural = catalog.plural_forms
            file.write(HEADER.format(language=language, plural=plural).encode())
            write_po(
                file,
                catalog,
                omit_header=True,
                sort_by_file=True,
                include_lineno=False,
                ignore_obsolete=True,
            )


def _extract_javascript(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """Find the texts of a module; the signature is that of Babel's methods."""
    source = file.read().decode()
    for call in CALL.finditer(source):
        name, *literals = call.groups()
        texts = [json.loads(literal) for literal in literals if literal]
        line = source.count("\n", 0, call.start()) + 1
        yield line, name, tuple(texts) if name == "tn" else texts[0], []
