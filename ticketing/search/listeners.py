"""Index the texts of tickets, in the transaction in which they change."""

from ticketing.chat.events import MessageSent
from ticketing.comments.events import CommentAdded, CommentDeleted, CommentEdited
from ticketing.core.transaction import during
from ticketing.search import service
from ticketing.tickets.events import TicketCreated, TicketDeleting, TicketUpdated
from ticketing.tickets.models import TextKind, ticket_text


@during(TicketCreated)
def add_ticket(created: TicketCreated) -> None:
    """Index the subject and the description."""
    text = ticket_text(created.payload["subject"], created.payload["description"])
    service.add(created.ticket_id, TextKind.TICKET, created.ticket_id, text)


@during(TicketUpdated)
def replace_ticket(updated: TicketUpdated) -> None:
    """Index the new subject and description."""
    if {"subject", "description"} & set(updated.payload["changes"]):
        text = ticket_text(updated.payload["subject"], updated.payload["description"])
        service.replace(updated.ticket_id, TextKind.TICKET, updated.ticket_id, text)


@during(TicketDeleting)
def remove_ticket(deleting: TicketDeleting) -> None:
    """Remove every text of the ticket."""
    service.remove_all(deleting.ticket_id)


@during(CommentAdded)
def add_comment(added: CommentAdded) -> None:
    """Index a comment."""
    comment, kind = added.payload, TextKind.COMMENT
    text, internal = comment["content"], comment["internal"]
    service.add(added.ticket_id, kind, comment["id"], text, internal)


@during(CommentEdited)
def replace_comment(edited: CommentEdited) -> None:
    """Index the new text of a comment."""
    comment, kind = edited.payload, TextKind.COMMENT
    service.replace(edited.ticket_id, kind, comment["id"], comment["content"])


@during(CommentDeleted)
def remove_comment(deleted: CommentDeleted) -> None:
    """Remove a comment."""
    service.remove(deleted.ticket_id, TextKind.COMMENT, deleted.payload["id"])


@during(MessageSent)
def add_message(sent: MessageSent) -> None:
    """Index a message."""
    message, kind = sent.payload, TextKind.MESSAGE
    service.add(sent.ticket_id, kind, message["id"], message["message"])
