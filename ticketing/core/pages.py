"""Pages by keyset: rows that arrive meanwhile neither repeat nor hide others.

Two kinds of list: a *conversation* is read in the order it was written, from its end
or around a known id; a *feed* is read in an order of its own, with an opaque cursor.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from typing import Any, Generic, TypeVar

from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam
from sqlalchemy import or_
from sqlalchemy.orm import InstrumentedAttribute

from ticketing.core.database import db, read
from ticketing.core.errors import InvalidError
from ticketing.web.fields import LARGEST_ID, Integer, Seq
from ticketing.web.schemas import QuerySchema, Shown
from ticketing.web.projection import Shape

T = TypeVar("T")

AFTER = bindparam("after", type_=BigInteger)
BEFORE = bindparam("before", type_=BigInteger)


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

    limit = Integer(1, 100, load_default=25)


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


class Conversation:
    """What is read in the order it was written; best made once: much goes into it.

    :param rows: whose bind parameters are given with each page.
    :param key: what numbers them.
    :param shape: how they are shown; without it, they are models.
    """

    def __init__(
        self,
        rows: Select[Any],
        key: InstrumentedAttribute[int],
        shape: Shape | None = None,
    ) -> None:
        self._rows = rows
        self._key = key
        self._shape = shape

    def page(
        self,
        *,
        limit: int,
        after: int | None = None,
        before: int | None = None,
        **bound: Any,
    ) -> Page[Any]:
        """Return a page in their order: forward from ``after``, else backward."""
        if after is not None:
            found = _fetch(self._forward, limit, {**bound, "after": after}, self._shape)
            data = _show(found[:limit], self._shape)
            return Page(data, self._cursor(found, limit), "after")
        if before is not None:
            bound["before"] = before
        rows = self._newest if before is None else self._backward
        found = _fetch(rows, limit, bound, self._shape)
        data = _show(found[:limit][::-1], self._shape)
        return Page(data, self._cursor(found, limit), "before")

    @cached_property
    def _forward(self) -> Select[Any]:
        return _limited(self._rows.where(self._key > AFTER).order_by(self._key))

    @cached_property
    def _backward(self) -> Select[Any]:
        return self._newest.where(self._key < BEFORE)

    @cached_property
    def _newest(self) -> Select[Any]:
        return _limited(self._rows.order_by(self._key.desc()))

    def _cursor(self, found: Sequence[Any], limit: int) -> int | None:
        return getattr(found[limit - 1], self._key.key) if len(found) > limit else None


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

    def beyond(
        self, value: ColumnElement[Any], key: ColumnElement[int]
    ) -> ColumnElement[bool]:
        """Return the criterion of what follows a row: a range for an index to seek."""
        if self.descending:
            further = or_(self.column < value, self.key < key)
            return and_(self.column <= value, further)
        return and_(self.column >= value, or_(self.column > value, self.key > key))


class Feed:
    """What is read in an order of its own; best made once: much goes into it.

    :param rows: whose bind parameters are given with each page.
    :param shape: how they are shown.
    """

    def __init__(self, rows: Select[Any], order: Order, shape: Shape) -> None:
        self._first = _limited(rows.order_by(*order.by()))
        self._order = order
        self._shape = shape

    def page(
        self, *, limit: int, cursor: str | None = None, **bound: Any
    ) -> Page[Shown]:
        """Return a page.

        :raises InvalidError: ``cursor`` is none of ours, or of another order.
        """
        rows = self._first
        if cursor is not None:
            rows = self._further
            bound["cursor_value"], bound["cursor_key"] = _decode(cursor, self._order)
        found = _fetch(rows, limit, bound, self._shape)
        more = len(found) > limit
        following = _encode(found[limit - 1], self._order) if more else None
        return Page(_show(found[:limit], self._shape), following, "cursor")

    @cached_property
    def _further(self) -> Select[Any]:
        value = bindparam("cursor_value", type_=self._order.column.type)
        key = bindparam("cursor_key", type_=self._order.key.type)
        return self._first.where(self._order.beyond(value, key))


def _limited(rows: Select[T]) -> Select[T]:
    return rows.limit(bindparam("most", type_=BigInteger))


def _fetch(
    rows: Select[Any], limit: int, bound: Mapping[str, Any], shape: Shape | None
) -> Sequence[Any]:
    bound = {**bound, "most": limit + 1}  # is there more?
    return read(rows, bound) if shape else db.session.scalars(rows, bound).all()


def _show(found: Sequence[Any], shape: Shape | None) -> Sequence[Any]:
    return [shape.show(row) for row in found] if shape else found


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
