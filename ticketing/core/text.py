"""Texts for people, in their language.

The code, logs and tests see texts in English. ``t`` and ``tn`` mark those that clients
can receive, and remember what was filled in; where an answer leaves the service,
``translated`` looks them up in gettext catalogs. These are in ``ticketing/languages``,
and are read when the first answer in their language is written.
"""

import enum
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel.messages import Catalog

CATALOGS = Path(__file__).parents[1] / "languages"


class Language(enum.StrEnum):
    """The languages of texts; the first one is the default."""

    ENGLISH = "en"
    GERMAN = "de"
    SPANISH = "es"
    FRENCH = "fr"
    ARABIC = "ar"


TRANSLATIONS = [*Language][1:]  # the languages that have a catalog


class Translatable(str):
    """A text in English, with what translating it takes."""

    __slots__ = ("_one", "_other", "_values")
    _one: str
    _other: str | None
    _values: dict[str, Any]

    def __new__(
        cls, one: str, other: str | None = None, /, **values: Any
    ) -> "Translatable":
        """Fill in a text: ``other``, if there is one and ``count`` is not 1."""
        template = one if other is None or values["count"] == 1 else other
        text = super().__new__(cls, template.format(**values) if values else template)
        text._one, text._other, text._values = one, other, values
        return text

    def __str__(self) -> "Translatable":
        """Return the text itself, which marshmallow's ``String`` then serializes."""
        return self

    def format(self, *args: Any, **values: Any) -> "Translatable":
        """Fill in a text, as marshmallow does with the messages of its fields."""
        return Translatable(self._one, self._other, **values)

    def in_language(self, language: Language) -> str:
        """Return the text as plain ``str``."""
        if language is Language.ENGLISH:
            return super().__str__()
        catalog = _load(language)
        if self._other is None:
            template = catalog.gettext(self._one)
        else:
            count = self._values["count"]
            template = catalog.ngettext(self._one, self._other, count)
        texts = {
            name: value.in_language(language)
            for name, value in self._values.items()
            if isinstance(value, Translatable)
        }
        values = {**self._values, **texts}
        return template.format(**values) if values else template


def t(text: str, /, **values: Any) -> Translatable:
    """Return a text that is translatable.

    :param text: a literal, which the catalogs have; ``{name}`` stands for a value.
    """
    return Translatable(text, **values)


def tn(one: str, other: str, /, *, count: int, **values: Any) -> Translatable:
    """Return a text that is translatable, and depends on ``count``; see ``t``."""
    return Translatable(one, other, count=count, **values)


def translated(value: Any, language: Language) -> Any:
    """Return a value of JSON with its translatable texts in a language.

    It is ``value`` itself if there are none.
    """
    if isinstance(value, Translatable):
        return value.in_language(language)
    if type(value) is dict:
        changed = _changed(value.items(), language)
        return {**value, **changed} if changed else value
    if type(value) is list:
        changed = _changed(enumerate(value), language)
        items = enumerate(value) if changed else ()
        return [changed.get(place, item) for place, item in items] or value
    return value


def read_catalog(language: Language) -> "Catalog":
    """Read the catalog of a language other than English."""
    # It takes 20 ms, and memory: a service asked in English only never imports it.
    from babel.messages.pofile import read_po

    with catalog_path(language).open("rb") as file:
        return read_po(file)


def catalog_path(language: Language) -> Path:
    """Return where the catalog of a language other than English is."""
    return CATALOGS / language / "LC_MESSAGES" / "ticketing.po"


def _changed(items: Any, language: Language) -> dict[Any, Any]:
    return {
        key: new
        for key, value in items
        if (new := translated(value, language)) is not value
    }


@cache
def _load(language: Language) -> GNUTranslations:
    from babel.messages.mofile import write_mo

    compiled = BytesIO()
    write_mo(compiled, read_catalog(language))
    compiled.seek(0)
    return GNUTranslations(compiled)
