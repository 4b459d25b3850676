"""The texts of the console in another language, as ``words.js`` reads them."""

from functools import cache
from typing import Any

from ticketing.core.text import Language, read_catalog
from ticketing.web.json import dumps


@cache
def texts_in(language: Language) -> str:
    """Return, as JSON, the translated texts of the console by those in English.

    The key of a text that depends on a number is the English form for 1; its value is
    all translated forms.
    """
    texts = {}
    message: Any
    for message in read_catalog(language):
        if any(name.endswith(".js") for name, _ in message.locations):
            if message.pluralizable:
                texts[message.id[0]] = [*message.string]
            else:
                texts[message.id] = message.string
    return dumps(texts)
