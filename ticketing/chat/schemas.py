"""Messages on the wire."""

from marshmallow import fields

from ticketing.accounts.schemas import PersonSchema
from ticketing.core.errors import InvalidError
from ticketing.web.fields import Flag, Id, IdempotencyKey, Seq, Text, Timestamp
from ticketing.core.pages import ConversationQuery
from ticketing.web.schemas import Schema, ShownSchema
from ticketing.tickets.models import Side

MESSAGE = 5_000


class MessageSendSchema(Schema):
    """A new message; nothing is sent if others wrote after ``if_last_seq``."""

    message = Text(required=True, max_length=MESSAGE)
    client_id = IdempotencyKey(allow_none=True, load_default=None)
    if_last_seq = Seq(allow_none=True, load_default=None)


class MessageSchema(ShownSchema):
    """A message."""

    id = fields.Integer()
    ticket_id = fields.Integer()
    user_id = fields.Integer()
    user = fields.Nested(PersonSchema)
    message = fields.String()
    client_id = fields.String(allow_none=True)
    is_read = fields.Boolean()
    read_at = Timestamp(allow_none=True)
    created_at = Timestamp()
    updated_at = Timestamp()


class MessagesQuery(ConversationQuery):
    """Which messages; to look without marking them as read, ``mark_read=false``."""

    mark_read = Flag(load_default=True)


class ReadSchema(Schema):
    """Up to which message the own side has read."""

    up_to = Id(required=True)


class ReadingSchema(ShownSchema):
    """That a side has read, as its history tells it."""

    ticket_id = fields.Integer()
    up_to = fields.Integer()
    side = fields.Enum(Side, by_value=True)
    read_at = Timestamp()


class UnreadSchema(ShownSchema):
    """How many messages of the other side are unread."""

    unread_count = fields.Integer()


class OnTicket(Schema):
    """On which ticket a socket acts."""

    ticket_id = Id(required=True)


class LiveSendSchema(OnTicket, MessageSendSchema):
    """A new message, from a socket."""


class LiveReadSchema(OnTicket, ReadSchema):
    """Up to which message the own side has read, from a socket."""


def one_key(header: str | None, client_id: str | None) -> str | None:
    """Return the key of a message, which a client may give in two places.

    :raises InvalidError: it gave two.
    """
    if header and client_id and header != client_id:
        raise InvalidError({"client_id": ["Differs from the Idempotency-Key."]})
    return header or client_id
