"""Schemas of views."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from ticketing.core.counts import MAX_COUNT
from ticketing.core.text import t
from ticketing.tickets.schemas import TicketsQuery
from ticketing.web.fields import Flag, FormText, Text
from ticketing.web.pages import FeedQuery
from ticketing.web.schemas import ResponseSchema, Schema, shared

EXAMPLES = {"name": "Refunds", "query": {"status": "open", "tag": "refund"}}
MAX_NAME_LENGTH = 100
MAX_PARAMETER_LENGTH = 1000  # characters: more than all tags of a filter can have
NOT_SAVED = {"q", "cursor", "limit"}  # parameters of a search, and of a page


def filters_of(query: Mapping[str, str]) -> dict[str, Any]:
    """Return the filters of a view as ``TicketsQuery`` loads them, without an order.

    :raises ValidationError: ``GET /tickets`` would refuse the query.
    """
    texts = {name: FormText(text) for name, text in query.items()}
    loaded = shared(TicketsQuery).load(texts)
    return {k: v for k, v in loaded.items() if k not in NOT_SAVED | {"sort"}}


class Query(fields.Field):
    """An object of strings: parameters of ``GET /tickets``, except ``NOT_SAVED``."""

    default_error_messages = {"invalid": t("Must be an object of strings.")}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        errors = {
            name: [wrong]
            for name, text in value.items()
            if (wrong := self._error_of(name, text))
        }
        if errors:
            raise ValidationError(errors)
        filters_of(value)
        return {name: text.strip() for name, text in value.items() if text.strip()}

    def documented(self) -> dict[str, Any]:
        """Return its keywords of JSON Schema."""
        text = {"type": "string", "maxLength": MAX_PARAMETER_LENGTH}
        return {
            "type": "object",
            "properties": {name: text for name in sorted(self._names())},
            "additionalProperties": False,
        }

    def _error_of(self, name: str, text: Any) -> str | None:
        if name not in self._names():
            return t("Unknown field.")
        if not isinstance(text, str):
            return t("Must be a string.")
        if len(text) > MAX_PARAMETER_LENGTH:  # each list of views reads all queries
            return t("Longer than maximum length {max}.", max=MAX_PARAMETER_LENGTH)
        return None

    def _names(self) -> set[str]:
        return set(shared(TicketsQuery).fields) - NOT_SAVED


class ViewEditSchema(Schema):
    """Changes to a view; a field that is not sent stays as it is.

    ``query`` has parameters of ``GET /tickets``, as strings; ``me`` means the user who
    opens the view. A ``shared`` view is for all admins, who may change it.
    """

    examples = EXAMPLES

    name = Text(max_length=MAX_NAME_LENGTH)
    query = Query()
    shared = Flag()


class ViewAddSchema(ViewEditSchema):
    """The view to save."""

    name = Text(required=True, max_length=MAX_NAME_LENGTH)
    query = Query(required=True)
    shared = Flag(load_default=False)


class ViewSchema(ResponseSchema):
    """A view: a named list of tickets, and their number.

    A built-in view has a ``key`` and no ``id``. ``count`` may be 5 seconds old.
    """

    examples = EXAMPLES

    id = fields.Integer(allow_none=True)
    key = fields.String(allow_none=True)
    name = fields.String()
    query = fields.Dict(keys=fields.String(), values=fields.String())
    shared = fields.Boolean()
    count = fields.Integer(
        validate=validate.Range(0, MAX_COUNT),
        metadata={"description": f"{MAX_COUNT:,} means that many or more"},
    )


class ViewsQuery(FeedQuery):
    """The page of a list of views."""
