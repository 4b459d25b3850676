"""Publish whose count of unread messages an event changes."""

from ticketing.chat import unread
from ticketing.chat.events import MessageRead, MessageSent
from ticketing.core.database import db
from ticketing.core.transaction import during
from ticketing.tickets.events import TicketDeleting, TicketUpdated
from ticketing.tickets.models import Side, Ticket


@during(MessageSent)
def count_sent(sent: MessageSent) -> None:
    """One more waits for the other side."""
    ticket = _ticket(sent.ticket_id)
    unread.tell_readers(ticket, ticket.side_of(sent.actor_id).other)


@during(MessageRead)
def count_read(read: MessageRead) -> None:
    """Fewer wait for the side that has read."""
    unread.tell_readers(_ticket(read.ticket_id), Side(read.payload["side"]))


@during(TicketUpdated)
def count_assigned(updated: TicketUpdated) -> None:
    """What a ticket's customer wrote waits for its new assignee, not for the old."""
    change = updated.payload["changes"].get("assigned_to")
    if change and unread.count_of(updated.ticket_id, Side.SUPPORT):
        unread.tell_those(_ticket(updated.ticket_id), Side.SUPPORT, change)


@during(TicketDeleting)
def count_deleted(deleting: TicketDeleting) -> None:
    """Nothing of a deleted ticket waits for anyone."""
    for side in Side:
        if unread.count_of(deleting.ticket_id, side):
            unread.tell_readers(_ticket(deleting.ticket_id), side)


def _ticket(ticket_id: int) -> Ticket:
    return db.session.get_one(Ticket, ticket_id)  # it is locked, so it is at hand
