"""Pages by keyset: rows that arrive meanwhile neither repeat nor hide others.

Two kinds of list: a *conversation* is read in the order it was written, from its end
or around a known id; a *feed* is read in an order of its own, with an opaque cursor.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, Generic, TypeVar

import marshmallow
from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from ticketing.core.database import db
from ticketing.core.errors import InvalidError
from ticketing.core.schemas import LARGEST_ID, QuerySchema, Schema, Seq, Whole

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and how to get those that follow in the direction of travel.

    :param next: the cursor, ``None`` on the last page.
    :param parameter: the query parameter that takes it.
    """

    data: Sequence[T]
    next: int | str | None
    parameter: str


class Limited(QuerySchema):
    """At most ``limit`` items, 1 to 100."""

    limit = Whole(1, 100, load_default=25)


class ConversationQuery(Limited):
    """Those after an id, or before one, or else the newest."""

    after = Seq()
    before = Seq()

    @validates_schema
    def _one_way(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "after" in data and "before" in data:
            raise ValidationError("Not together with after.", "before")


class FeedQuery(Limited):
    """Those that follow ``cursor``, the ``next`` of another page."""

    cursor = fields.String(metadata={"description": "The `next` of another page"})


def read_conversation(
    rows: Select[T],
    key: InstrumentedAttribute[int],
    *,
    limit: int,
    after: int | None = None,
    before: int | None = None,
) -> Page[T]:
    """Return a page in order of ``key``: forward from ``after``, else backward."""
    if after is not None:
        found = _fetch(rows.where(key > after).order_by(key), limit)
        cursor = getattr(found[limit - 1], key.key) if len(found) > limit else None
        return Page(found[:limit], cursor, "after")
    if before is not None:
        rows = rows.where(key < before)
    found = _fetch(rows.order_by(key.desc()), limit)
    cursor = getattr(found[limit - 1], key.key) if len(found) > limit else None
    return Page(found[:limit][::-1], cursor, "before")


@dataclass(frozen=True)
class Order:
    """The order of a feed.

    :param name: what clients call it; a cursor of another order is none of this one.
    :param key: decides between rows that are equal in ``column``.
    """

    name: str
    column: InstrumentedAttribute[Any]
    key: InstrumentedAttribute[int]
    descending: bool = False

    def by(self) -> list[ColumnElement[Any]]:
        """Return what to order by."""
        columns = (self.column, self.key)
        return [
            column.desc() if self.descending else column.asc() for column in columns
        ]

    def beyond(self, value: Any, key: int) -> ColumnElement[bool]:
        """Return the criterion of what follows a row: a range for an index to seek."""
        if self.descending:
            further = or_(self.column < value, self.key < key)
            return and_(self.column <= value, further)
        return and_(self.column >= value, or_(self.column > value, self.key > key))


def read_feed(
    rows: Select[Any], order: Order, *, limit: int, cursor: str | None = None
) -> Page[Any]:
    """Return a page in an order.

    :raises InvalidError: ``cursor`` is none of ours, or of another order.
    """
    if cursor is not None:
        rows = rows.where(order.beyond(*_decode(cursor, order)))
    found = _fetch(rows.order_by(*order.by()), limit)
    if len(found) <= limit:
        return Page(found, None, "cursor")
    return Page(found[:limit], _encode(found[limit - 1], order), "cursor")


@cache
def page_of(schema: type[Schema]) -> marshmallow.Schema:
    """Return the schema of a page of what ``schema`` describes."""
    page = {
        "data": fields.List(fields.Nested(schema), required=True),
        "next": fields.Raw(
            required=True, metadata={"type": ["integer", "string", "null"]}
        ),
    }
    name = schema.__name__.removesuffix("Schema")
    return Schema.from_dict(page, name=f"{name}PageSchema")()


def _fetch(rows: Select[T], limit: int) -> Sequence[T]:
    return db.session.scalars(rows.limit(limit + 1)).all()  # one more: is there more?


def _encode(row: Any, order: Order) -> str:
    value = getattr(row, order.column.key)
    if isinstance(value, datetime):
        value = value.isoformat()
    place = json.dumps([order.name, value, getattr(row, order.key.key)])
    return urlsafe_b64encode(place.encode()).decode()


def _decode(cursor: str, order: Order) -> tuple[Any, int]:
    try:
        name, value, key = json.loads(urlsafe_b64decode(cursor))
        if name != order.name or type(key) is not int or not 0 < key <= LARGEST_ID:
            raise ValueError("of another list")
        return _read(value, order.column.type.python_type), key
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidError({"cursor": ["Not the next of such a list."]}) from error


def _read(value: Any, kind: type) -> Any:
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
