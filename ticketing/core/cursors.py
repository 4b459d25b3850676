"""Opaque cursors: the place after a row in an order, as text that clients send back."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from ticketing.core.database import LARGEST_ID
from ticketing.core.errors import InvalidError
from ticketing.core.text import t


def encode(order: str, value: Any, key: int) -> str:
    """Return the cursor of a row.

    :param order: the name of the order.
    :param value: what the row has in the column of the order.
    :param key: decides between rows that are equal in it.
    """
    if isinstance(value, datetime):
        value = value.isoformat()
    place = json.dumps([order, value, key])
    return urlsafe_b64encode(place.encode()).decode()


def decode(cursor: str, order: str, kind: type) -> tuple[Any, int]:
    """Return the value and the key that a cursor was made of.

    :param kind: the type of the value.
    :raises InvalidError: it is no cursor of this order.
    """
    try:
        name, value, key = json.loads(urlsafe_b64decode(cursor))
        if name != order or type(key) is not int or not 0 < key <= LARGEST_ID:
            raise ValueError("of another list")
        return _typed(value, kind), key
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidError({"cursor": [t("Not the next of such a list.")]}) from error


def _typed(value: Any, kind: type) -> Any:
    if kind is datetime:
        value = datetime.fromisoformat(value)
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)
    if issubclass(kind, Enum):
        return kind(value)
    if type(value) is not kind:
        raise TypeError(f"not {kind}")
    if isinstance(value, int) and not 0 <= value <= LARGEST_ID:
        raise ValueError("no such number")
    if isinstance(value, str):
        value.encode()  # JSON can spell half a character
    return value
