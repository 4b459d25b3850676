"""Base schemas of requests and answers."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import marshmallow
from marshmallow import pre_load

from ticketing.core.errors import (
    NotFoundError,
    PreconditionError,
    StorageFullError,
    TicketingError,
)
from ticketing.core.idempotency import IdempotencyConflictError
from ticketing.web.fields import EntityTags, IdempotencyKey


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
    that a use case may raise because of such a request.
    """

    examples: ClassVar[Mapping[str, Any]] = {}
    refused: ClassVar[tuple[type[TicketingError], ...]] = ()

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


@cache
def shared(schema: type[Schema]) -> Schema:
    """Return the one instance of a schema: creating one copies each of its fields."""
    return schema()
