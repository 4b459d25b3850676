"""Fields shared by the resources: strict where JSON has a type, and of bounded size.

Text is trimmed, and what is then empty counts as missing. Numbers and flags in a query
or a form, where everything is text, are read from ``FormText``; in JSON, only a number
is a number.
"""

import enum
import re
from collections.abc import Callable, Mapping
from functools import cache, cached_property, partial
from operator import attrgetter, methodcaller
from types import NoneType
from typing import Any, ClassVar

import marshmallow
from marshmallow import fields, missing, pre_load, validate
from sqlalchemy import Row
from werkzeug.datastructures import FileStorage
from werkzeug.http import parse_etags

from ticketing.core.database import fold
from ticketing.core.errors import (
    NotFoundError,
    PreconditionError,
    StorageFullError,
    TicketingError,
)
from ticketing.core.idempotency import IdempotencyConflictError

KEY_LENGTH = 255
LARGEST_ID = 2**63 - 1
MISSING = "Missing data for required field."
PLAIN = {bool, int, str, NoneType}
PLAIN_DUMPS = {
    kind._serialize for kind in (fields.Boolean, fields.Integer, fields.String)
}

Show = Callable[[Any], Any]
ISO = methodcaller("isoformat", "T", "microseconds")


class FormText(str):
    """A value out of a query string or a form."""


class Shown(dict[str, Any]):
    """What is shown of a row, dumped; the row's own values are its attributes."""

    __slots__ = ("_row",)

    def __init__(self, shown: dict[str, Any], row: Row[Any]) -> None:
        super().__init__(shown)
        self._row = row

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # not even a copy has a row until it is given one
            raise AttributeError(name)
        return getattr(self._row, name)


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


@cache
def shared(schema: type[Schema]) -> Schema:
    """Return the one instance of a schema: making one copies each of its fields."""
    return schema()


class QuerySchema(Schema):
    """A query string; a parameter without a value is as good as absent."""

    @pre_load
    def _drop_empty(self, data: Any, **kwargs: Any) -> dict[str, Any]:
        return {
            name: value
            for name, value in data.items()
            if value.strip() or name not in self.fields
        }


def _refuse_bytes(value: object) -> None:
    # Sockets can send them; marshmallow would take them for text.
    if isinstance(value, bytes | bytearray):
        raise marshmallow.ValidationError("Must not be binary.")


class _Trimmed(fields.Field):
    """A field whose text is trimmed; empty text is none."""

    default_error_messages = {"null": MISSING}

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_bytes(value)
        if isinstance(value, str):
            value = type(value)(value.strip()) or None
        return super().deserialize(value, *args, **kwargs)


class _Storable(fields.String):
    """A string that every database keeps as it is."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs)
        try:
            text.encode()  # JSON can spell half a character; databases cannot keep it
        except UnicodeEncodeError as error:
            raise self.make_error("invalid_utf8") from error
        if "\0" in text:
            raise marshmallow.ValidationError("Must not contain a NUL character.")
        return str(text)


class Text(_Trimmed, _Storable):
    """A string without surrounding white space, 1 to ``max_length`` characters long."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min=1, max=max_length), **kwargs)

    def documented(self) -> dict[str, Any]:
        """Return what JSON Schema is to say of it: white space alone is none."""
        if self.allow_none:
            return {"pattern": "^[^\\u0000]*$", "minLength": None}
        return {"pattern": "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$"}


class UniqueText(Text):
    """Text that is unique by its folded form, which has to fit the same column."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs)
        if len(fold(text)) > KEY_LENGTH:
            raise marshmallow.ValidationError(
                f"Longer than maximum length {KEY_LENGTH}."
            )
        return text


class Password(_Storable):
    """A string, exactly as typed; it is never shown."""

    default_error_messages = {"null": MISSING}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(load_only=True, **kwargs)

    def documented(self) -> dict[str, Any]:
        """Return what JSON Schema is to say of it."""
        return {"minLength": 1, "pattern": "^[^\\u0000]*$"}

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Read it; an empty one is missing."""
        _refuse_bytes(value)
        return super().deserialize(None if value == "" else value, *args, **kwargs)


class Whole(_Trimmed, fields.Integer):
    """An integer in a range."""

    def __init__(self, lowest: int, highest: int = LARGEST_ID, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(lowest, highest), **kwargs)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Read it; empty text is null in a form alone, which has no other."""
        if type(value) is str and not value.strip():
            raise self.make_error("null")
        return super().deserialize(value, *args, **kwargs)

    def _validated(self, value: Any) -> int:
        if isinstance(value, FormText) and re.fullmatch("-?[0-9]{1,19}", value):
            return int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)  # in JSON, 1.0 is one as well
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return value


class Id(Whole):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(1, **kwargs)


class Seq(Whole):
    """A place in an order: 0 is before the first."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(0, **kwargs)


class Flag(_Trimmed, fields.Boolean):
    """``true`` or ``false``."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if isinstance(value, FormText):
            value = {"true": True, "1": True, "false": False, "0": False}.get(value)
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class OnlyIfTrue(fields.Boolean):
    """A boolean that is there only where it is true."""

    def serialize(self, *args: Any, **kwargs: Any) -> Any:
        """Return ``True``, or ``missing``."""
        return super().serialize(*args, **kwargs) or missing


class Choice(_Trimmed, fields.Enum):
    """One of the values of an enumeration."""

    def __init__(self, enumeration: type[enum.Enum], **kwargs: Any) -> None:
        super().__init__(enumeration, by_value=fields.String, **kwargs)


class Choices(fields.Field):
    """Some of the values of an enumeration, comma separated."""

    def __init__(self, enumeration: type[enum.StrEnum], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._choice = Choice(enumeration)

    def documented(self) -> dict[str, Any]:
        """Return what JSON Schema is to say of it."""
        word = f"({'|'.join(choice.value for choice in self._choice.enum)})"
        return {"type": "string", "pattern": f"^{word}(,{word})*$"}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return [self._choice.deserialize(word) for word in str(value).split(",")]


class Timestamp(fields.AwareDateTime):
    """ISO 8601 with offset, in UTC, to the microsecond."""

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return value and ISO(value)


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


class IdempotencyKey(_Trimmed, fields.String):
    """What names one attempt at one thing, however often it is sent."""

    def __init__(self, **kwargs: Any) -> None:
        form = validate.Regexp(
            "^[!-~][ -~]{6,62}[!-~]$",
            error="Must be 8 to 64 printable ASCII characters.",
        )
        super().__init__(validate=form, **kwargs)


class IdempotencyHeader(Schema):
    """The key of a request that creates something."""

    # What had been created under it may be gone.
    refused = (IdempotencyConflictError, NotFoundError)

    key = IdempotencyKey(
        data_key="Idempotency-Key", load_default=None, allow_none=False
    )


class Tags(fields.String):
    """The entity tags of an ``If-Match``; ``None`` where any will do."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        tags = parse_etags(super()._deserialize(*args, **kwargs))
        return None if tags.star_tag else tags.as_set()

    def documented(self) -> dict[str, Any]:
        """Return what JSON Schema is to say of it."""
        return {"pattern": '^(\\*|(W/)?"[^"]*"(, *(W/)?"[^"]*")*)$'}


class IfMatchHeader(Schema):
    """What a client believes to change."""

    refused = (PreconditionError,)

    if_match = Tags(data_key="If-Match", load_default=None)


class FileSchema(Schema):
    """What may come as a form, with a file."""

    takes_files = True
    refused = (StorageFullError,)


class File(fields.Field):
    """An uploaded file, or ``None``; it takes multipart/form-data to send one."""

    default_error_messages = {
        "invalid": "Must be a file, sent as multipart/form-data, or null."
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_none=True, load_only=True, **kwargs)

    def documented(self) -> dict[str, Any]:
        """Return what JSON Schema is to say of it: in JSON, there is no file."""
        return {"type": "null"}

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Read it; an empty form field is none."""
        empty = isinstance(value, FormText) and not value.strip()
        return super().deserialize(None if empty else value, *args, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> FileStorage:
        if not isinstance(value, FileStorage):
            raise self.make_error("invalid")
        return value
