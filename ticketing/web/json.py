"""Strict JSON (RFC 8259): UTF-8, each name of an object once, no NaN.

Answers are written here, and so are translated here.
"""

import json
from typing import Any, NoReturn

from flask import request
from flask.json.provider import DefaultJSONProvider
from werkzeug.sansio.response import Response

from ticketing.core.text import t, translated
from ticketing.web.languages import language_of

MAX_NAMES = 1000  # of an object, as of a form; an error lists the unknown ones


def loads(text: str | bytes, **kwargs: Any) -> Any:
    """Return the value of a JSON text; bytes may begin with a byte order mark.

    :raises ValueError: it is not JSON, not UTF-8, nested too deeply, has ``NaN`` or
        ``Infinity``, or an object with a repeated name or more than ``MAX_NAMES``.
    """
    try:
        return json.loads(
            text.decode("utf-8-sig") if isinstance(text, bytes) else text,
            object_pairs_hook=_object,
            parse_constant=_refuse,
        )
    except RecursionError as error:
        raise ValueError(t("it is nested too deeply")) from error


def dumps(value: Any, **kwargs: Any) -> str:
    """Return compact JSON that UTF-8 can encode.

    :raises ValueError: the value has NaN or an infinity.
    """
    text = json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    # A client can send half a surrogate pair as the name of a field, which the error
    # then repeats; ``\ud800`` is how JSON escapes it, and only a string can have it.
    return text.encode(errors="backslashreplace").decode()


class StrictJSON(DefaultJSONProvider):
    """Flask's JSON, read strictly and written as UTF-8."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return JSON; see ``dumps``."""
        return dumps(obj)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return an answer, its texts in the language of the request.

        Only the answers that have any depend on the language.
        """
        (value,) = args
        language = language_of(request.environ)
        answer = translated(value, language)
        response = super().response(answer)
        if answer is not value:
            response.headers["Content-Language"] = language
            response.vary.add("Accept-Language")
        return response

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return the value of a JSON text; see ``loads``."""
        return loads(s)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_NAMES:
        raise ValueError(t("an object has more than {max} names", max=MAX_NAMES))
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError(t("an object has a name twice"))
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(t("it has {constant}", constant=constant))
