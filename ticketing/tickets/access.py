"""The one door to tickets: whoever reads or writes on one comes through here."""

from collections.abc import Hashable, Sequence
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import load_only

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.database import db
from ticketing.core.errors import ConflictError, NotFoundError
from ticketing.core.transaction import in_turn, is_in_turn
from ticketing.tickets.models import Status, Ticket

NONE = "There is no such ticket."

VIEWER_ID = bindparam("viewer_id", type_=Ticket.id.type)
TICKET_ID = bindparam("ticket_id", type_=Ticket.id.type)
# What decides on who may do what, and where the history stands; the rest is loaded
# when it is looked at.
BARE = (Ticket.user_id, Ticket.status, Ticket.last_seq, Ticket.last_staff_seq)
# What writing on a ticket looks at, or changes: each of the 19 columns takes time.
WORKED_ON = (*BARE, Ticket.assigned_to, Ticket.waiting_on, Ticket.last_activity_at)
FOR_UPDATE = select(Ticket).with_for_update().execution_options(populate_existing=True)


class TicketClosedError(ConflictError):
    """The conversation is over for its customer."""

    code = "ticket_closed"
    message = "This ticket is closed; open a new one, or ask support to reopen it."


def peek_ticket(actor: Actor, ticket_id: int) -> Ticket:
    """Return a ticket ``actor`` may see, for what hangs on it.

    :raises NotFoundError: there is none, or ``actor`` may not see it.
    """
    statement = _bare(policy.sees_every_ticket(actor))
    bound = {"ticket_id": ticket_id, "viewer_id": actor.id}
    ticket = db.session.scalar(statement, bound)
    if ticket is None:
        raise NotFoundError(NONE)
    return ticket


def lock_ticket(actor: Actor, ticket_id: int) -> Ticket:
    """Return a ticket ``actor`` may see, fresh, and locked until the commit.

    The first step of every use case that writes on a ticket. A later lock would
    deadlock: inserting a row that refers to the ticket already shares a lock on it.
    What only those look at who change the ticket itself is not there.

    :raises NotFoundError: there is none, or ``actor`` may not see it.
    """
    statement = _barely_locked(policy.sees_every_ticket(actor))
    return _lock_one(statement, actor, ticket_id)


def lock_whole_ticket(actor: Actor, ticket_id: int) -> Ticket:
    """Return all of a ticket, as ``lock_ticket`` does, to change the ticket itself.

    :raises NotFoundError: there is none, or ``actor`` may not see it.
    """
    statement = _locked(policy.sees_every_ticket(actor))
    return _lock_one(statement, actor, ticket_id)


def complete(ticket: Ticket) -> None:
    """Load, at once, what ``lock_ticket`` has left out."""
    db.session.scalars(FOR_UPDATE.where(Ticket.id == ticket.id)).one()


def lock_tickets(*criteria: ColumnElement[bool]) -> Sequence[Ticket]:
    """Return all of the tickets that match, by id, locked, whoever asks."""
    return _lock(FOR_UPDATE.where(*criteria).order_by(Ticket.id), {})


def _lock_one(statement: Select[Ticket], actor: Actor, ticket_id: int) -> Ticket:
    locked = _lock(statement, {"ticket_id": ticket_id, "viewer_id": actor.id})
    if not locked:
        raise NotFoundError(NONE)
    return locked[0]


def _lock(statement: Select[Ticket], bound: dict[str, int]) -> Sequence[Ticket]:
    tickets = db.session.scalars(statement, bound).all()
    for ticket in tickets:
        in_turn(turn_of(ticket.id))
    return tickets


def lock_assigned(user_id: int) -> Sequence[Ticket]:
    """Lock and return the tickets that a user is to answer, unless they are closed."""
    return lock_tickets(Ticket.assigned_to == user_id, Ticket.status != Status.CLOSED)


def turn_of(ticket_id: int) -> Hashable:
    """Return the key by which those who lock a ticket take turns."""
    return ("ticket", ticket_id)


def is_locked(ticket_id: int) -> bool:
    """Whether the current transaction has locked or created the ticket."""
    return is_in_turn(turn_of(ticket_id))


def require_open(actor: Actor, ticket: Ticket) -> None:
    """Refuse to let its customer write on a closed ticket.

    :raises TicketClosedError: it is closed, and ``actor`` no admin.
    """
    if not policy.may_write_on(actor, ticket):
        raise TicketClosedError


def count_in_category(category_id: int) -> int:
    """Return how many tickets are in a category."""
    counted = select(func.count()).where(Ticket.category_id == category_id)
    return db.session.scalars(counted.select_from(Ticket)).one()


@cache
def _locked(every_ticket: bool) -> Select[Ticket]:
    """Return what locks a ticket; it is made once, like the next ones."""
    visible = policy.visible(every_ticket, VIEWER_ID)
    return FOR_UPDATE.where(Ticket.id == TICKET_ID, visible)


@cache
def _barely_locked(every_ticket: bool) -> Select[Ticket]:
    return _locked(every_ticket).options(load_only(*WORKED_ON, raiseload=True))


@cache
def _bare(every_ticket: bool) -> Select[Ticket]:
    bare = select(Ticket).options(load_only(*BARE))
    visible = policy.visible(every_ticket, VIEWER_ID)
    return bare.where(Ticket.id == TICKET_ID, visible)
