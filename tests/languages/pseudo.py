"""A catalog that marks each text it is asked for, so that tests see what is not."""

from functools import cache

from ticketing.core.text import Language, read_catalog

BEGIN, END = "⟦", "⟧"


class MarkingCatalog:
    """Mark the texts that the catalogs have, as a translation would replace them."""

    def gettext(self, text):
        """Return a text, marked."""
        assert text in _known()
        return f"{BEGIN}{text}{END}"

    def ngettext(self, one, other, count):
        """Return the text for a number, marked."""
        return self.gettext(one if count == 1 else other)


@cache  # to read a catalog takes longer than most tests
def _known():
    catalog = read_catalog(Language.GERMAN)
    return {text for each in catalog for text in _texts(each.id)}


def _texts(message_id):
    return message_id if isinstance(message_id, tuple) else (message_id,)


def is_marked(text):
    """Return whether a text was looked up in the catalog."""
    return text.startswith(BEGIN) and text.endswith(END)


def texts_of(error):
    """Return the texts of an error, or of an answer that has a message."""
    errors = error.get("errors", {})
    return [error["message"], *(text for each in errors.values() for text in each)]
