"""Schemas of messages."""

from marshmallow import fields

from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.core.errors import InvalidError
from ticketing.core.text import t
from ticketing.files.schemas import AttachedFileSchema, WithFiles
from ticketing.tickets.models import Side
from ticketing.web.fields import Flag, Id, IdempotencyKey, Seq, Text, Timestamp
from ticketing.web.pages import ConversationQuery
from ticketing.web.schemas import ResponseSchema, Schema

MAX_MESSAGE_LENGTH = 5_000


class MessageSendSchema(WithFiles, Schema):
    """The message to send: a text, or files, or both.

    It is not sent if another user has replied after the entry ``if_last_seq`` of the
    ticket's public stream.
    """

    text = "message"

    message = Text(allow_none=True, load_default=None, max_length=MAX_MESSAGE_LENGTH)
    client_id = IdempotencyKey(allow_none=True, load_default=None)
    if_last_seq = Seq(allow_none=True, load_default=None)


class MessageSchema(ResponseSchema):
    """A message; ``is_read`` says whether the other side has read it."""

    id = fields.Integer()
    ticket_id = fields.Integer()
    user_id = fields.Integer()
    user = fields.Nested(PublicProfileSchema)
    message = fields.String()
    client_id = fields.String(allow_none=True)
    is_read = fields.Boolean()
    read_at = Timestamp(allow_none=True)
    files = fields.List(fields.Nested(AttachedFileSchema))
    created_at = Timestamp()
    updated_at = Timestamp()


class MessageStateSchema(MessageSchema):
    """A message in a ticket's history; old entries lack ``files``.

    ``message`` is null once it was erased.
    """

    optional = frozenset({"files"})

    message = fields.String(allow_none=True)


class MessagesQuery(ConversationQuery):
    """The page of a list of messages; ``mark_read=false`` marks none as read."""

    mark_read = Flag(load_default=True)


class ReadSchema(Schema):
    """The newest message that the caller has read: ``up_to`` is its id."""

    up_to = Id(required=True)


class ReadingSchema(ResponseSchema):
    """A reading: a side of a ticket has read the messages up to ``up_to``."""

    ticket_id = fields.Integer()
    up_to = fields.Integer()
    side = fields.Enum(Side, by_value=True)
    read_at = Timestamp()


class UnreadSchema(ResponseSchema):
    """The number of unread messages."""

    unread_count = fields.Integer()


class TicketIdSchema(Schema):
    """The ticket that an event from a socket concerns."""

    ticket_id = Id(required=True)


class LiveSendSchema(TicketIdSchema, MessageSendSchema):
    """The message to send on a ticket."""


class LiveReadSchema(TicketIdSchema, ReadSchema):
    """The newest message of a ticket that the caller has read."""


def idempotency_key(header: str | None, client_id: str | None) -> str | None:
    """Return the idempotency key of a message from the header or the body.

    :raises InvalidError: both have one, and they differ.
    """
    if header and client_id and header != client_id:
        raise InvalidError({"client_id": [t("Differs from the Idempotency-Key.")]})
    return header or client_id
