"""What can happen in a chat."""

from dataclasses import dataclass

from ticketing.tickets.events import TicketEvent
from ticketing.tickets.models import Side


class MessageSent(TicketEvent):
    """Someone said something; the payload is the message."""

    name = "message.sent"


class MessageRead(TicketEvent):
    """A side has read up to a message; the payload says which, and when."""

    name = "message.read"


@dataclass(frozen=True)
class UnreadChanged:
    """A user now has another number of unread messages, if they read for ``side``.

    Who was an admin may still be named as the assignee of a closed ticket.
    """

    user_id: int
    side: Side
