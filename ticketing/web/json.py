"""JSON as it was meant: UTF-8, each name once, no NaN."""

import json
from typing import Any, NoReturn

from flask.json.provider import DefaultJSONProvider

MOST_NAMES = 1000  # in an object, as in a form; each that we do not know is an error


def loads(text: str | bytes, **kwargs: Any) -> Any:
    """Return what ``text`` says.

    :raises ValueError: it is no JSON, not in UTF-8, nested too deeply, has a number
        that is none, or an object that gives a name twice or too many of them.
    """
    try:
        return json.loads(
            text.decode() if isinstance(text, bytes) else text,
            object_pairs_hook=_once_each,
            parse_constant=_refuse,
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def dumps(value: Any, **kwargs: Any) -> str:
    """Return compact JSON.

    :raises ValueError: it holds a number that JSON cannot spell.
    """
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


class StrictJSON(DefaultJSONProvider):
    """Flask's JSON, read strictly."""

    sort_keys = False
    compact = True

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return what ``s`` says; see ``loads``."""
        return loads(s)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_NAMES:
        raise ValueError(f"more than {MOST_NAMES} names in one object")
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice in one object")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
