"""Publish ``UnreadChanged`` for each user whose count of unread messages changes."""

from ticketing.chat import unread
from ticketing.chat.events import MessageRead, MessageSent
from ticketing.core.database import db
from ticketing.core.transaction import during
from ticketing.tickets.events import TicketDeleting, TicketUpdated
from ticketing.tickets.models import Side, Ticket


@during(MessageSent)
def update_after_sending(sent: MessageSent) -> None:
    """Publish that the other side has one more unread message."""
    ticket = _ticket(sent.ticket_id)
    unread.publish_change(ticket, ticket.side_of(sent.payload["user_id"]).other)


@during(MessageRead)
def update_after_reading(read: MessageRead) -> None:
    """Publish that the side that has read has fewer unread messages."""
    unread.publish_change(_ticket(read.ticket_id), Side(read.payload["side"]))


@during(TicketUpdated)
def update_after_assignment(updated: TicketUpdated) -> None:
    """Publish that unread messages now count for the new assignee, not the old one."""
    old_and_new = updated.payload["changes"].get("assigned_to")
    if old_and_new and unread.count_on_ticket(updated.ticket_id, Side.SUPPORT):
        ticket = _ticket(updated.ticket_id)
        unread.publish_change_to(ticket, Side.SUPPORT, old_and_new)


@during(TicketDeleting)
def update_after_deletion(deleting: TicketDeleting) -> None:
    """Publish that the unread messages of a ticket are about to be deleted."""
    for side in Side:
        if unread.count_on_ticket(deleting.ticket_id, side):
            unread.publish_change(_ticket(deleting.ticket_id), side)


def _ticket(ticket_id: int) -> Ticket:
    return db.session.get_one(Ticket, ticket_id)  # locked, so already in the session
