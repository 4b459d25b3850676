"""Schemas of changes to many tickets."""

from collections.abc import Sequence
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from ticketing.core.database import fold
from ticketing.core.text import t
from ticketing.tickets.models import Priority, Status
from ticketing.tickets.schemas import MAX_TAGS, TagName
from ticketing.web.fields import Choice, Id
from ticketing.web.schemas import ResponseSchema, Schema

MAX_TICKETS = 100


def _require_distinct(ids: Sequence[int]) -> None:
    if len(set(ids)) < len(ids):
        raise ValidationError(t("Must not have an id more than once."))


class TagNames(fields.List):
    """A list of tags, at least one."""

    def __init__(self, **kwargs: Any) -> None:
        lengths = validate.Length(1, MAX_TAGS)
        super().__init__(TagName(), validate=lengths, **kwargs)


class BulkChangesSchema(Schema):
    """Changes to each ticket, at least one; a field that is not sent stays as it is.

    ``tags_add`` and ``tags_remove`` leave the other tags of a ticket.
    """

    status = Choice(Status)
    priority = Choice(Priority)
    category_id = Id()
    assigned_to = Id(allow_none=True)
    tags_add = TagNames()
    tags_remove = TagNames()

    @validates_schema
    def _require_change(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError(t("Must have at least one change."))

    @validates_schema
    def _refuse_both(self, data: dict[str, Any], **kwargs: Any) -> None:
        add, remove = (map(fold, data.get(n, [])) for n in ("tags_add", "tags_remove"))
        if set(add) & set(remove):
            raise ValidationError(t("Must have no tag of tags_add."), "tags_remove")


class BulkEditSchema(Schema):
    """The tickets to change, each once, and the changes to each."""

    examples = {"ids": [7, 8]}

    ids = fields.List(
        Id(),
        required=True,
        validate=[validate.Length(1, MAX_TICKETS), _require_distinct],
        metadata={"uniqueItems": True},
    )
    changes = fields.Nested(BulkChangesSchema, required=True)


class BulkErrorSchema(ResponseSchema):
    """The error of a ticket, as of a call that changes only this ticket."""

    optional = frozenset({"errors"})

    message = fields.String()
    code = fields.String()
    errors = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String())
    )


class BulkResultSchema(ResponseSchema):
    """The result for a ticket; ``error`` says why it was not changed."""

    optional = frozenset({"error"})

    id = fields.Integer()
    ok = fields.Boolean()
    error = fields.Nested(BulkErrorSchema)


class BulkResultsSchema(ResponseSchema):
    """A result for each ticket, in the order of ``ids``."""

    data = fields.List(fields.Nested(BulkResultSchema))
