"""Fields shared by the resources: strict where JSON has a type, and of bounded size.

Text is trimmed, and what is then empty counts as missing. In a query or a form, where
everything is text, numbers and booleans are read from ``FormText``; in JSON, only a
number is a number. ``documented`` returns what JSON Schema says of a field.
"""

import enum
import re
from datetime import date
from importlib.resources import files
from operator import methodcaller
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow
from marshmallow import fields, missing, validate
from webargs.fields import DelimitedList
from werkzeug.datastructures import FileStorage
from werkzeug.http import parse_etags

from ticketing.core.database import LARGEST_ID, fold
from ticketing.core.text import t

KEY_LENGTH = 255
MISSING = t("Required.")
# What Python strips; the ``\s`` of ECMAScript lacks the separators of ASCII and NEL.
SPACE = r"\s\u001c-\u001f\u0085"
# Characters that are drawn as nothing: those of control, Unicode's
# Default_Ignorable_Code_Point and the blank Braille pattern, for a class of a regular
# expression in Python and ECMAScript.
INVISIBLE = (
    r"\u0001-\u001f\u007f-\u009f"
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
)
ASTRAL = r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
BLANK = re.compile(rf"[{SPACE}{INVISIBLE}{ASTRAL}]*")
WITHOUT_NUL = r"^[^\u0000]*$"
NOT_BLANK = rf"^[^\u0000]*[^\u0000{SPACE}{INVISIBLE}][^\u0000]*$"

COMPRESSED = re.compile("-(gzip|br)$")  # what mod_deflate and mod_brotli add to tags

ISO = methodcaller("isoformat", "T", "microseconds")
TIME_ZONES = frozenset(files("tzdata").joinpath("zones").read_text().splitlines())


class FormText(str):
    """A value from a query string or a form."""


def _refuse_bytes(value: object) -> None:
    # A socket can send them, and marshmallow would decode them.
    if isinstance(value, bytes | bytearray):
        raise marshmallow.ValidationError(t("Must not be binary."))


class _Trimmed(fields.Field):
    """Trim text; load text without a visible character as ``None``."""

    default_error_messages = {"null": MISSING}

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_bytes(value)
        if isinstance(value, str):
            value = None if BLANK.fullmatch(value) else type(value)(value.strip())
        return super().deserialize(value, *args, **kwargs)


class _Storable(fields.String):
    """A string that every database stores unchanged."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs)
        try:
            text.encode()  # JSON can spell half a surrogate pair; databases refuse it
        except UnicodeEncodeError as error:
            raise self.make_error("invalid_utf8") from error
        if "\0" in text:
            raise marshmallow.ValidationError(t("Must not contain a NUL character."))
        return str(text)


class Text(_Trimmed, _Storable):
    """A trimmed string of 1 to ``max_length`` characters, at least one of them visible.

    Where ``allow_none``, an empty one is ``None``.
    """

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        shortest = None if kwargs.get("allow_none") else 1
        super().__init__(validate=validate.Length(shortest, max_length), **kwargs)

    def documented(self) -> dict[str, Any]:
        """Require a visible character, unless an empty string is null."""
        return {"pattern": WITHOUT_NUL if self.allow_none else NOT_BLANK}


class UniqueText(Text):
    """Text that is unique by its folded form, which has to fit the same column."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs)
        if len(fold(text)) > KEY_LENGTH:
            raise marshmallow.ValidationError(
                t("Longer than maximum length {max}.", max=KEY_LENGTH)
            )
        return text


class Password(_Storable):
    """A string, exactly as typed; no answer has it."""

    default_error_messages = {"null": MISSING}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(load_only=True, **kwargs)

    def documented(self) -> dict[str, Any]:
        """Require a character, other than NUL."""
        return {"minLength": 1, "pattern": WITHOUT_NUL}

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Load it; an empty password is missing."""
        _refuse_bytes(value)
        return super().deserialize(None if value == "" else value, *args, **kwargs)


class Integer(_Trimmed, fields.Integer):
    """An integer in a range; in a query or a form, its decimal digits."""

    def __init__(self, lowest: int, highest: int = LARGEST_ID, **kwargs: Any) -> None:
        in_range = validate.Range(lowest, highest)
        super().__init__(strict=True, validate=in_range, **kwargs)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Load it. In JSON, text is no number; in a form, empty text is null."""
        if type(value) is str:
            raise self.make_error("invalid", input=value)
        return super().deserialize(value, *args, **kwargs)

    def _validated(self, value: Any) -> int:
        if isinstance(value, FormText) and re.fullmatch("-?[0-9]{1,19}", value):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # for JSON, 1.0 is an integer
        return super()._validated(value)


class Id(Integer):
    """The id of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(1, **kwargs)


class Seq(Integer):
    """A position in a sequence; 0 is before the first."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(0, **kwargs)


class Flag(_Trimmed, fields.Boolean):
    """A boolean; in a query or a form, ``true``, ``1``, ``false`` or ``0``."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if isinstance(value, FormText):
            value = {"true": True, "1": True, "false": False, "0": False}.get(value)
        # marshmallow's ``truthy`` cannot tell 1 from True.
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class OnlyIfTrue(fields.Boolean):
    """A boolean that is serialized only where it is true."""

    def serialize(self, *args: Any, **kwargs: Any) -> Any:
        """Return ``True``, or ``missing``."""
        return super().serialize(*args, **kwargs) or missing


class Choice(_Trimmed, fields.Enum):
    """A value of an enumeration."""

    def __init__(self, enumeration: type[enum.Enum], **kwargs: Any) -> None:
        super().__init__(enumeration, by_value=fields.String, **kwargs)


class CommaSeparated(DelimitedList):
    """Values of one field, separated by commas."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> list[Any]:
        try:
            return super()._deserialize(*args, **kwargs)
        except marshmallow.ValidationError as error:
            # A list names the position of what is wrong; a parameter has none.
            (message, *_), *_ = error.normalized_messages().values()
            raise marshmallow.ValidationError(message) from error


class Choices(CommaSeparated):
    """Values of an enumeration, separated by commas."""

    def __init__(self, enumeration: type[enum.Enum], **kwargs: Any) -> None:
        super().__init__(Choice(enumeration), **kwargs)


class Timestamp(fields.AwareDateTime):
    """ISO 8601 with offset, in UTC, to the microsecond."""

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return value and ISO(value)


class Day(_Trimmed, fields.Date):
    """A date of the calendar, ``YYYY-MM-DD``, from 1970 to 9998.

    Midnight of these dates is a ``datetime`` in every time zone.
    """

    def __init__(self, **kwargs: Any) -> None:
        in_range = validate.Range(date(1970, 1, 1), date(9998, 12, 31))
        super().__init__(validate=in_range, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> date:
        if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", str(value)):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return super()._deserialize(value, *args, **kwargs)


class TimeZone(_Trimmed, _Storable):
    """The name of a time zone of IANA's, loaded as a ``ZoneInfo``.

    Others, such as ``localtime``, mean something else on each machine.
    """

    default_error_messages = {"unknown": t("Must be a time zone, as Europe/Berlin is.")}

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        name = super()._deserialize(*args, **kwargs)
        if name not in TIME_ZONES:
            raise self.make_error("unknown")
        return ZoneInfo(name)


class IdempotencyKey(_Trimmed, fields.String):
    """A key that a client gives to one request, however often it is sent."""

    def __init__(self, **kwargs: Any) -> None:
        form = validate.Regexp(
            "^[!-~][ -~]{6,62}[!-~]$",
            error=t("Must be 8 to 64 printable ASCII characters."),
        )
        super().__init__(validate=form, **kwargs)

    def documented(self) -> dict[str, Any]:
        """Describe its length, which the pattern implies."""
        return {"minLength": 8, "maxLength": 64}


class EntityTags(fields.String):
    """The entity tags of an ``If-Match``, compared weakly; ``None`` for ``*``.

    Proxies that compress an answer weaken its tag, or, as Apache does, add to it.
    """

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        tags = parse_etags(super()._deserialize(*args, **kwargs))
        if tags.star_tag:
            return None
        given = filter(None, tags.as_set(include_weak=True))  # werkzeug: "" is None
        return {COMPRESSED.sub("", tag) for tag in given}

    def documented(self) -> dict[str, Any]:
        """Describe the list, as RFC 9110 has it."""
        return {"pattern": '^(\\*|(W/)?"[^"]*"(, *(W/)?"[^"]*")*)$'}


class File(fields.Field):
    """An uploaded file, or ``None``."""

    default_error_messages = {
        "null": MISSING,
        "invalid": t("Must be a file, sent as multipart/form-data, or null.")
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_none": True, "load_only": True, **kwargs})

    def documented(self) -> dict[str, Any]:
        """Describe how JSON, which has no files, leaves it out."""
        said = "To send a file, use `multipart/form-data`; in JSON, null removes it."
        return {
            "type": ["string", "null"],
            "pattern": rf"^[{SPACE}]*$",
            "description": said,
        }

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Load it; an empty field of a form is ``None``."""
        empty = isinstance(value, str) and not value.strip()
        return super().deserialize(None if empty else value, *args, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> FileStorage:
        if not isinstance(value, FileStorage):
            raise self.make_error("invalid")
        return value
