"""What clients send and get: fields that belong together, dumped with little ado."""

from collections.abc import Callable, Mapping
from functools import cache, cached_property, partial
from operator import attrgetter
from types import NoneType
from typing import Any, ClassVar

import marshmallow
from marshmallow import fields, missing, pre_load
from sqlalchemy import Row

from ticketing.core.errors import (
    NotFoundError,
    PreconditionError,
    StorageFullError,
    TicketingError,
)
from ticketing.web.fields import ISO, EntityTags, IdempotencyKey, Timestamp
from ticketing.core.idempotency import IdempotencyConflictError

PLAIN = {bool, int, str, NoneType}
PLAIN_DUMPS = {
    kind._serialize for kind in (fields.Boolean, fields.Integer, fields.String)
}

Show = Callable[[Any], Any]


class Shown(dict[str, Any]):
    """What is shown, dumped; its attributes are the values of the row it was made of.

    Those of what was made of no row are what is shown.
    """

    __slots__ = ("_row",)

    def __init__(self, shown: dict[str, Any], row: Row[Any] | None = None) -> None:
        super().__init__(shown)
        self._row = row

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # not even a copy has a row until it is given one
            raise AttributeError(name)
        if self._row is not None:
            return getattr(self._row, name)
        if name in self:
            return self[name]
        raise AttributeError(name)


class Schema(marshmallow.Schema):
    """What clients send or get; a field it does not name is an error.

    For the document, ``examples`` has one for some fields, and ``refused`` names the
    errors to which reading it can lead later on.
    """

    examples: ClassVar[Mapping[str, Any]] = {}
    refused: ClassVar[tuple[type[TicketingError], ...]] = ()

    def shortcuts(self) -> list[tuple[str, str, Show]]:
        """Return of each field its name, its key, and what it makes of a value.

        :raises TypeError: that of some field cannot be told.
        """
        if not all(show for _, _, _, show in self._steps):
            raise TypeError(f"{self} has a field without a shortcut")
        return [(name, key, show) for name, key, _, show in self._steps if show]

    def _serialize(self, obj: Any, *, many: bool = False) -> Any:
        """Dump as marshmallow does, but by the shortcut where a field has one."""
        if many and obj is not None:
            return [self._serialize(each) for each in obj]
        if type(obj) is Shown:
            return obj
        read = obj.get if isinstance(obj, Mapping) else partial(getattr, obj)
        dumped = self.dict_class()
        for name, key, field, show in self._steps:
            value = read(name, missing)
            if value is missing or show is None:
                value = field.serialize(name, obj, accessor=self.get_attribute)
            elif type(value) not in PLAIN:
                value = show(value)
            if value is not missing:
                dumped[key] = value
        return dumped

    @cached_property
    def _steps(self) -> list[tuple[str, str, fields.Field, Show | None]]:
        return [
            (name, field.data_key or name, field, _shortcut(field))
            for name, field in self.dump_fields.items()
        ]


class ShownSchema(Schema):
    """What clients get, and never send: every field, but for the ``optional`` ones."""

    optional: ClassVar[frozenset[str]] = frozenset()


class QuerySchema(Schema):
    """A query string; a parameter without a value is as good as absent."""

    @pre_load
    def _drop_empty(self, data: Any, **kwargs: Any) -> dict[str, Any]:
        return {
            name: value
            for name, value in data.items()
            if value.strip() or name not in self.fields
        }


class IdempotencyHeader(Schema):
    """The key of a request that creates something."""

    # What had been created under it may be gone.
    refused = (IdempotencyConflictError, NotFoundError)

    key = IdempotencyKey(
        data_key="Idempotency-Key", load_default=None, allow_none=False
    )


class IfMatchHeader(Schema):
    """What a client believes to change."""

    refused = (PreconditionError,)

    if_match = EntityTags(
        data_key="If-Match", load_default=None, allow_none=False
    )


class FileSchema(Schema):
    """What may come as a form, with a file."""

    takes_files = True
    refused = (StorageFullError,)


@cache
def shared(schema: type[Schema]) -> Schema:
    """Return the one instance of a schema: making one copies each of its fields."""
    return schema()


def _shortcut(field: fields.Field) -> Show | None:
    """Return what a field makes of a value, if that can be told; of a plain one, it."""
    if type(field).serialize is not fields.Field.serialize:
        return None
    dump = type(field)._serialize
    if dump in PLAIN_DUMPS:
        return lambda value: field._serialize(value, None, None)
    if dump is Timestamp._serialize:
        return ISO
    if isinstance(field, fields.Enum) and field.by_value:
        return attrgetter("value")
    if isinstance(field, fields.Nested) and isinstance(field.schema, Schema):
        return partial(field.schema._serialize, many=bool(field.many))
    if isinstance(field, fields.List) and (show := _shortcut(field.inner)):
        return lambda values: [
            each if type(each) in PLAIN else show(each) for each in values
        ]
    return None
