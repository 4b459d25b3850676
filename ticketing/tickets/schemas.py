"""Schemas of tickets."""

import enum
from typing import Any

from marshmallow import fields

from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.categories.schemas import CategorySchema
from ticketing.web.fields import Choice, Choices, File, Id, Text, Timestamp
from ticketing.web.pages import FeedQuery
from ticketing.web.schemas import FileSchema, ResponseSchema
from ticketing.tickets.models import Priority, Side, Status

EXAMPLES = {"subject": "Printer on fire", "description": "It burns.", "category_id": 1}
SUBJECT = 255
DESCRIPTION = 20_000


class TicketOpenSchema(FileSchema):
    """A new ticket."""

    examples = EXAMPLES

    category_id = Id(required=True)
    subject = Text(required=True, max_length=SUBJECT)
    description = Text(required=True, max_length=DESCRIPTION)
    priority = Choice(Priority, required=True)
    attachment = File(load_default=None)


class TicketEditSchema(FileSchema):
    """What may be changed of a ticket; ``status`` and ``assigned_to`` by admins."""

    examples = EXAMPLES

    category_id = Id()
    subject = Text(max_length=SUBJECT)
    description = Text(max_length=DESCRIPTION)
    priority = Choice(Priority)
    attachment = File()
    status = Choice(Status)
    assigned_to = Id(allow_none=True)


class AttachmentSchema(ResponseSchema):
    """An attached file; ``size`` is in bytes."""

    examples = {
        "name": "error.log",
        "content_type": "text/plain",
        "size": 9,
        "url": "/api/tickets/1/attachment",
    }

    name = fields.String()
    content_type = fields.String()
    size = fields.Integer()
    url = fields.String()


class TicketStateSchema(ResponseSchema):
    """A ticket, as its history tells it."""

    examples = EXAMPLES

    id = fields.Integer()
    subject = fields.String()
    description = fields.String()
    priority = fields.Enum(Priority, by_value=True)
    status = fields.Enum(Status, by_value=True)
    category_id = fields.Integer()
    category = fields.Nested(CategorySchema)
    user_id = fields.Integer()
    user = fields.Nested(PublicProfileSchema)
    assigned_to = fields.Integer(allow_none=True)
    assignee = fields.Nested(PublicProfileSchema, allow_none=True)
    attachment = fields.Nested(AttachmentSchema, allow_none=True)
    waiting_on = fields.Enum(Side, by_value=True)
    created_at = Timestamp()
    updated_at = Timestamp()


class TicketSchema(TicketStateSchema):
    """A ticket, as whoever looks sees it."""

    unread_count = fields.Integer()
    last_seq = fields.Integer()
    last_activity_at = Timestamp()


class Assignee(fields.Field):
    """An id, ``me`` or ``none``."""

    WORDS = ("me", "none")

    default_error_messages = {"invalid": "Must be an id, me or none."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._id = Id(error_messages=self.error_messages)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return value if value in self.WORDS else self._id.deserialize(value)

    def documented(self) -> dict[str, Any]:
        """Describe both kinds of values."""
        number = {"type": "integer", "format": "int64", "minimum": 1}
        return {"anyOf": [number, {"type": "string", "enum": [*self.WORDS]}]}


class TicketSort(enum.StrEnum):
    """An order of tickets; ``-`` is descending."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    LAST_ACTIVE = "-last_activity_at"
    MOST_URGENT = "-priority"


class TicketsQuery(FeedQuery):
    """A page of tickets; ``status`` and ``priority`` take several, comma separated."""

    status = Choices(Status)
    priority = Choices(Priority)
    category_id = Id()
    assigned_to = Assignee(metadata={"description": "The id of an admin, me or none"})
    waiting_on = Choice(Side, metadata={"description": "The side to write next"})
    sort = Choice(TicketSort, load_default=TicketSort.NEWEST)
