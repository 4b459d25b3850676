"""Events of the chat."""

from dataclasses import dataclass

from ticketing.tickets.events import TicketEvent
from ticketing.tickets.models import Side


class MessageSent(TicketEvent):
    """A message was sent; the payload is the message."""

    name = "message.sent"


class MessageRead(TicketEvent):
    """A side has read messages; the payload is as ``ReadingSchema`` describes it."""

    name = "message.read"


@dataclass(frozen=True)
class UnreadChanged:
    """The number of a user's unread messages may have changed.

    It does not concern a user who does not read for ``side``: a former admin may still
    be the assignee of a closed ticket.
    """

    user_id: int
    side: Side
