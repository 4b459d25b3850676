"""Fields shared by the resources: strict where JSON has a type, and of bounded size.

Text is trimmed, and what is then empty counts as missing. Numbers and flags in a query
or a form, where everything is text, are read from ``FormText``; in JSON, only a number
is a number.
"""

import enum
import re
from operator import methodcaller
from typing import Any

import marshmallow
from marshmallow import fields, missing, validate
from werkzeug.datastructures import FileStorage
from werkzeug.http import parse_etags

from ticketing.core.database import fold

KEY_LENGTH = 255
LARGEST_ID = 2**63 - 1
MISSING = "Missing data for required field."

ISO = methodcaller("isoformat", "T", "microseconds")


class FormText(str):
    """A value out of a query string or a form."""


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


class IdempotencyKey(_Trimmed, fields.String):
    """What names one attempt at one thing, however often it is sent."""

    def __init__(self, **kwargs: Any) -> None:
        form = validate.Regexp(
            "^[!-~][ -~]{6,62}[!-~]$",
            error="Must be 8 to 64 printable ASCII characters.",
        )
        super().__init__(validate=form, **kwargs)


class Tags(fields.String):
    """The entity tags of an ``If-Match``; ``None`` where any will do."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        tags = parse_etags(super()._deserialize(*args, **kwargs))
        return None if tags.star_tag else tags.as_set()

    def documented(self) -> dict[str, Any]:
        """Return what JSON Schema is to say of it."""
        return {"pattern": '^(\\*|(W/)?"[^"]*"(, *(W/)?"[^"]*")*)$'}


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
