"""Choose the language of an answer."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from ticketing.core.text import Language

LOCALE = "ticketing.locale"  # in the environ of a socket: its user's, if they chose one


def language_of(environ: Mapping[str, Any]) -> Language:
    """Return the language for a request or a socket.

    A socket's user may have chosen one; else it is what ``Accept-Language`` asks for.
    """
    return environ.get(LOCALE) or accepted(environ.get("HTTP_ACCEPT_LANGUAGE", ""))


@lru_cache(256)
def accepted(header: str) -> Language:
    """Return the language that an ``Accept-Language`` (RFC 9110) prefers.

    A region does not count: ``de-AT`` is ``de``. ``*`` stands for the languages that
    are not named. If none is acceptable, it is English.
    """
    weights: dict[str, float] = {}
    # In the order of preference.
    for name, weight in parse_accept_header(header, LanguageAccept):
        language, _, region = name.lower().partition("-")
        if weight or not region:  # "de-AT;q=0" excludes no other German
            weights.setdefault(language, weight)
    others = weights.get("*", 0)
    candidates = [*(name for name in weights if name in [*Language]), *Language]
    best = max(candidates, key=lambda name: weights.get(name, others))
    return Language(best) if weights.get(best, others) else Language.ENGLISH
