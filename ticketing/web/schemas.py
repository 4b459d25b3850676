"""Base schemas of requests and answers."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import marshmallow
from marshmallow import fields, pre_load

from ticketing.core.errors import (
    NotFoundError,
    PreconditionError,
    StorageFullError,
    TicketingError,
)
from ticketing.core.idempotency import IdempotencyConflictError
from ticketing.core.text import Translatable, t
from ticketing.web.fields import MISSING, EntityTags, IdempotencyKey

# The attributes of marshmallow's validators that have a message.
MESSAGES = ("error", "message_all", "message_equal", "message_max", "message_min")


class Serialized(dict[str, Any]):
    """A resource that has been serialized; a schema dumps it as it is."""

    __slots__ = ()

    @property
    def id(self) -> int:
        """Its id, named as a model's."""
        return self["id"]


class Schema(marshmallow.Schema):
    """A request or an answer; in a request, an unknown field is an error.

    ``examples`` are the document's examples of some fields. ``refused`` are the errors
    that a use case may raise because of such a request. The body may be a form if the
    schema ``takes_files``, and missing if it ``is_optional``.
    """

    takes_files: ClassVar[bool] = False
    is_optional: ClassVar[bool] = False
    examples: ClassVar[Mapping[str, Any]] = {}
    refused: ClassVar[tuple[type[TicketingError], ...]] = ()
    error_messages = {
        "type": t("Must be an object."),
        "unknown": t("Unknown field."),
    }

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:
        """Let the messages of a field of this schema be translated."""
        make_translatable(field_obj)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """Serialize ``obj``, unless it has been already."""
        return obj if type(obj) is Serialized else super().dump(obj, many=many)


class ResponseSchema(Schema):
    """An answer: every field is always there, except ``optional`` ones."""

    optional: ClassVar[frozenset[str]] = frozenset()


class QuerySchema(Schema):
    """A query string; a parameter without a value counts as absent."""

    @pre_load
    def _drop_empty(self, data: Any, **kwargs: Any) -> dict[str, Any]:
        known = {field.data_key or name for name, field in self.fields.items()}
        return {
            name: value
            for name, value in data.items()
            if value.strip() or name not in known
        }


class IdempotencyHeader(Schema):
    """The idempotency key of a request that creates something."""

    # The resource created under the key may have been deleted.
    refused = (IdempotencyConflictError, NotFoundError)

    key = IdempotencyKey(
        data_key="Idempotency-Key", load_default=None, allow_none=False
    )


class IfMatchHeader(Schema):
    """The entity tag of the version that a client wants to change."""

    refused = (PreconditionError,)

    if_match = EntityTags(
        data_key="If-Match", load_default=None, allow_none=False
    )


class FileSchema(Schema):
    """A request that may be a form with a file."""

    takes_files = True
    refused = (StorageFullError,)


def make_translatable(field: fields.Field) -> None:
    """Let the messages that a field refuses a value with be translated.

    Those of marshmallow are texts with placeholders, which ``format`` fills in, as it
    does with a ``Translatable``.
    """
    texts: Mapping[str, Any] = {**field.error_messages, "required": MISSING}
    field.error_messages = {name: _cached(text) for name, text in texts.items()}
    for validator in field.validators:
        for name in MESSAGES:
            if text := getattr(validator, name, None):
                setattr(validator, name, _cached(text))
    for name in ("inner", "field"):  # of a list, and of an enumeration
        if inner := getattr(field, name, None):
            make_translatable(inner)


@cache
def _cached(text: str) -> Translatable:
    return text if isinstance(text, Translatable) else Translatable(text)


@cache
def shared(schema: type[Schema]) -> Schema:
    """Return the one instance of a schema: creating one copies each of its fields."""
    return schema()
