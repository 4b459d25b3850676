"""Erase the texts and files of a user on their own tickets."""

from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from ticketing.chat.models import Message
from ticketing.comments.models import Comment
from ticketing.core.database import db
from ticketing.core.transaction import transaction
from ticketing.files.models import File
from ticketing.files.service import delete_files
from ticketing.search.models import SearchText
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.changes import erase_texts
from ticketing.tickets.models import TextKind, Ticket

BATCH_SIZE = 500  # texts that are erased together
UNLOADED = {"synchronize_session": False}

# For each kind, the criterion of the rows to erase, and the values that replace theirs.
REPLIES: dict[TextKind, tuple[Any, ColumnElement[bool], dict[str, Any]]] = {
    TextKind.COMMENT: (
        Comment,
        or_(Comment.content != "", Comment.attached.is_not(None)),
        {"content": "", "attached": None},
    ),
    TextKind.MESSAGE: (
        Message,
        or_(
            Message.message != "",
            Message.client_id.is_not(None),
            Message.attached.is_not(None),
        ),
        {"message": "", "client_id": None, "attached": None},
    ),
}


def erase_replies(user_id: int, ticket_id: int) -> None:
    """Erase a user's comments and messages on a ticket, without an event."""
    for kind in REPLIES:
        while _erase_some(kind, user_id, ticket_id) == BATCH_SIZE:
            pass


@transaction()
def erase_keys(user_id: int, ticket_id: int) -> None:
    """Erase the keys that a user has given their messages on a ticket of another's."""
    lock_tickets(Ticket.id == ticket_id)
    mine = (Message.ticket_id == ticket_id, Message.user_id == user_id)
    erased = update(Message).where(*mine, Message.client_id.is_not(None))
    db.session.execute(erased.values(client_id=None), execution_options=UNLOADED)


@transaction()
def erase_files(user_id: int, ticket_id: int) -> None:
    """Delete the files that a user has added to a ticket, whether used or not."""
    lock_tickets(Ticket.id == ticket_id)
    delete_files(File.ticket_id == ticket_id, File.user_id == user_id)


@transaction()
def erase_ticket(ticket_id: int) -> None:
    """Erase the texts and the file of a ticket, unless it has been deleted."""
    for ticket in lock_tickets(Ticket.id == ticket_id):
        erase_texts(ticket)


@transaction()
def _erase_some(kind: TextKind, user_id: int, ticket_id: int) -> int:
    """Erase up to ``BATCH_SIZE`` texts; return how many."""
    model, is_written, nothing = REPLIES[kind]
    lock_tickets(Ticket.id == ticket_id)
    own = (model.ticket_id == ticket_id, model.user_id == user_id)
    some = select(model.id).where(*own, is_written).order_by(model.id)
    ids = db.session.scalars(some.limit(BATCH_SIZE)).all()
    if not ids:
        return 0
    erased = update(model).where(model.id.in_(ids)).values(nothing)
    found = delete(SearchText).where(
        SearchText.ticket_id == ticket_id,
        SearchText.kind == kind,
        SearchText.source_id.in_(ids),
    )
    for statement in (erased, found):
        db.session.execute(statement, execution_options=UNLOADED)
    return len(ids)
