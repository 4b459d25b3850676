"""Schemas of messages."""

from marshmallow import fields

from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.core.errors import InvalidError
from ticketing.web.fields import Flag, Id, IdempotencyKey, Seq, Text, Timestamp
from ticketing.web.pages import ConversationQuery
from ticketing.web.schemas import Schema, ResponseSchema
from ticketing.tickets.models import Side

MAX_MESSAGE_LENGTH = 5_000


class MessageSendSchema(Schema):
    """A new message; nothing is sent if others wrote after ``if_last_seq``."""

    message = Text(required=True, max_length=MAX_MESSAGE_LENGTH)
    client_id = IdempotencyKey(allow_none=True, load_default=None)
    if_last_seq = Seq(allow_none=True, load_default=None)


class MessageSchema(ResponseSchema):
    """A message."""

    id = fields.Integer()
    ticket_id = fields.Integer()
    user_id = fields.Integer()
    user = fields.Nested(PublicProfileSchema)
    message = fields.String()
    client_id = fields.String(allow_none=True)
    is_read = fields.Boolean()
    read_at = Timestamp(allow_none=True)
    created_at = Timestamp()
    updated_at = Timestamp()


class MessagesQuery(ConversationQuery):
    """A page of messages; with ``mark_read=false``, none is marked as read."""

    mark_read = Flag(load_default=True)


class ReadSchema(Schema):
    """Up to which message the caller's side has read."""

    up_to = Id(required=True)


class ReadingSchema(ResponseSchema):
    """A side has read the other's messages, as an entry of the history."""

    ticket_id = fields.Integer()
    up_to = fields.Integer()
    side = fields.Enum(Side, by_value=True)
    read_at = Timestamp()


class UnreadSchema(ResponseSchema):
    """How many messages of the other side are unread."""

    unread_count = fields.Integer()


class OnTicket(Schema):
    """The ticket that a socket event is about."""

    ticket_id = Id(required=True)


class LiveSendSchema(OnTicket, MessageSendSchema):
    """A new message, from a socket."""


class LiveReadSchema(OnTicket, ReadSchema):
    """Up to which message the caller's side has read, from a socket."""


def one_key(header: str | None, client_id: str | None) -> str | None:
    """Return the idempotency key of a message, which may come in two places.

    :raises InvalidError: there are two, and they differ.
    """
    if header and client_id and header != client_id:
        raise InvalidError({"client_id": ["Differs from the Idempotency-Key."]})
    return header or client_id
