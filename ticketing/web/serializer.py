"""Serialize rows of columns, without making models of them first.

PROFILE = RowSerializer(PublicProfileSchema, User)
MESSAGE = RowSerializer(MessageSchema, Message, user=PROFILE)

``MESSAGE.serialize`` returns, for a row of ``select(*MESSAGE.columns)``, the dictionary
that the schema would dump for a model. 25 tickets take 1.2 ms instead of 3.5.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import count
from types import NoneType
from typing import Any

from marshmallow import fields, missing
from sqlalchemy import ColumnElement, Enum, String, type_coerce

from ticketing.web.fields import ISO, Timestamp
from ticketing.web.schemas import Schema, Serialized, shared

PLAIN = {bool, int, str, NoneType}  # serialized as they are


@dataclass(frozen=True)
class Computed:
    """A field computed from columns, the first of which is never NULL.

    :param serialize: returns the field's value, or ``marshmallow.missing``, for the
        columns' values.
    """

    serialize: Callable[[Sequence[Any]], Any]
    columns: Sequence[Any]


class RowSerializer:
    """Serialize rows as a schema would serialize a model, or an alias of one.

    :param without: the schema's optional fields that are left out.
    :param others: the fields for which the model has no column: an expression, or a
        part with columns of its own. A part is null where its first column is, as
        where an outer join found nothing.
    """

    def __init__(
        self,
        schema: type[Schema],
        model: Any,
        without: Collection[str] = (),
        **others: "RowSerializer | Computed | ColumnElement[Any]",
    ) -> None:
        dumped = {
            name: field
            for name, field in shared(schema).dump_fields.items()
            if name not in without
        }
        sources: dict[str, Any] = {
            name: others[name] if name in others else _as_stored(getattr(model, name))
            for name in dumped
        }
        # The columns of parts come last: of two columns with one name, an attribute of
        # a row is the first.
        self.columns = [each for each in sources.values() if not _is_part(each)]
        self._fields: list[tuple[str, int, Callable[[Any], Any] | None]] = []
        self._parts: list[tuple[str, RowSerializer | Computed, slice]] = []
        places = count()
        for name, field in dumped.items():
            key, source = field.data_key or name, sources[name]
            if not _is_part(source):
                self._fields.append((key, next(places), _serializer_of(field)))
                continue
            begin = len(self.columns)
            self.columns += source.columns
            self._fields.append((key, begin, None))
            self._parts.append((key, source, slice(begin, len(self.columns))))

    def serialize(self, values: Sequence[Any]) -> Serialized:
        """Return the fields for the values of ``columns``, which a row begins with."""
        serialized = Serialized(
            {
                key: value
                if type(value := values[place]) in PLAIN or serialize is None
                else serialize(value)
                for key, place, serialize in self._fields
            }
        )
        for key, part, its in self._parts:
            if serialized[key] is not None:
                serialized[key] = part.serialize(values[its])
                if serialized[key] is missing:
                    del serialized[key]
        return serialized


def _serializer_of(field: fields.Field) -> Callable[[Any], Any] | None:
    """Return a function that serializes values; ``None`` if they stay as they are."""
    if type(field) is fields.Dict and not (field.key_field or field.value_field):
        return None
    if isinstance(field, Timestamp):
        return ISO
    return lambda value: field._serialize(value, None, None)


def _as_stored(column: Any) -> ColumnElement[Any]:
    """Return a column without its enum: the stored text is the serialized value."""
    return type_coerce(column, String) if isinstance(column.type, Enum) else column


def _is_part(other: object) -> bool:
    return isinstance(other, RowSerializer | Computed)
