"""Find and lock the tickets that an actor may see."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import load_only

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.database import db
from ticketing.core.errors import ConflictError, NotFoundError
from ticketing.core.text import t
from ticketing.core.transaction import holds_lock, note_lock
from ticketing.tickets.models import Status, Ticket

NO_TICKET = t("There is no such ticket.")

VIEWER_ID = bindparam("viewer_id", type_=Ticket.id.type)
TICKET_ID = bindparam("ticket_id", type_=Ticket.id.type)
# The columns that rights and the history depend on; others are loaded when accessed.
READ_COLUMNS = (Ticket.user_id, Ticket.status, Ticket.last_seq, Ticket.last_staff_seq)
# The columns that a reply reads or changes; accessing others raises an error.
WRITE_COLUMNS = (
    *READ_COLUMNS,
    *(Ticket.assigned_to, Ticket.waiting_on, Ticket.waiting_since),
    *(Ticket.created_at, Ticket.last_activity_at, Ticket.person_acted_at),
    *(Ticket.first_response_seconds, Ticket.sla_policy_id),
)
FOR_UPDATE = select(Ticket).with_for_update().execution_options(populate_existing=True)


class TicketClosedError(ConflictError):
    """Customers cannot write on a closed ticket."""

    code = "ticket_closed"
    message = t("This ticket is closed; open a new one, or ask support to reopen it.")


def find_ticket(actor: Actor, ticket_id: int) -> Ticket:
    """Return a ticket that ``actor`` may see, without locking it.

    :raises NotFoundError: there is no such ticket, or ``actor`` may not see it.
    """
    statement = _readable(policy.sees_every_ticket(actor))
    params = {"ticket_id": ticket_id, "viewer_id": actor.id}
    ticket = db.session.scalar(statement, params)
    if ticket is None:
        raise NotFoundError(NO_TICKET)
    return ticket


def lock_ticket(actor: Actor, ticket_id: int) -> Ticket:
    """Lock a ticket that ``actor`` may see until the transaction ends; return it.

    This is the first step of every use case that writes on a ticket. A later lock would
    deadlock: inserting a row that refers to the ticket already shares a lock on it.
    Only ``WRITE_COLUMNS`` are loaded; they are current.

    :raises NotFoundError: there is no such ticket, or ``actor`` may not see it.
    """
    statement = _locked_to_write(policy.sees_every_ticket(actor))
    return _lock_one(statement, actor, ticket_id)


def lock_ticket_to_edit(actor: Actor, ticket_id: int) -> Ticket:
    """Lock a ticket as ``lock_ticket`` does, and load all of its columns.

    :raises NotFoundError: there is no such ticket, or ``actor`` may not see it.
    """
    statement = _locked(policy.sees_every_ticket(actor))
    return _lock_one(statement, actor, ticket_id)


def load_all_columns(ticket: Ticket) -> None:
    """Load the columns that ``lock_ticket`` did not load."""
    db.session.scalars(FOR_UPDATE.where(Ticket.id == ticket.id)).one()


def lock_tickets(*criteria: ColumnElement[bool]) -> Sequence[Ticket]:
    """Lock and return the tickets that match all criteria, in the order of their ids.

    Locking always in the same order avoids deadlocks.
    """
    return _lock(FOR_UPDATE.where(*criteria).order_by(Ticket.id), {})


def _lock_one(statement: Select[Ticket], actor: Actor, ticket_id: int) -> Ticket:
    locked = _lock(statement, {"ticket_id": ticket_id, "viewer_id": actor.id})
    if not locked:
        raise NotFoundError(NO_TICKET)
    return locked[0]


def _lock(statement: Select[Ticket], bound: dict[str, int]) -> Sequence[Ticket]:
    tickets = db.session.scalars(statement, bound).all()
    for ticket in tickets:
        note_lock((Ticket, ticket.id))
    return tickets


def lock_assigned(user_id: int) -> Sequence[Ticket]:
    """Lock and return the tickets assigned to a user that are not closed."""
    return lock_tickets(Ticket.assigned_to == user_id, Ticket.status != Status.CLOSED)


def is_locked(ticket_id: int) -> bool:
    """Return whether the current transaction has locked or created the ticket."""
    return holds_lock((Ticket, ticket_id))


def require_open(actor: Actor, ticket: Ticket) -> None:
    """Check that ``actor`` may write on a ticket.

    :raises TicketClosedError: the ticket is closed, and ``actor`` is not an admin.
    """
    if not policy.may_write_on(actor, ticket):
        raise TicketClosedError


def count_in_category(category_id: int) -> int:
    """Return the number of tickets in a category."""
    counted = select(func.count()).where(Ticket.category_id == category_id)
    return db.session.scalars(counted.select_from(Ticket)).one()


@cache
def _locked(every_ticket: bool) -> Select[Ticket]:
    """Return the statement that locks a ticket; it is built once, like those below."""
    visible = policy.visible(every_ticket, VIEWER_ID)
    return FOR_UPDATE.where(Ticket.id == TICKET_ID, visible)


@cache
def _locked_to_write(every_ticket: bool) -> Select[Ticket]:
    return _locked(every_ticket).options(load_only(*WRITE_COLUMNS, raiseload=True))


@cache
def _readable(every_ticket: bool) -> Select[Ticket]:
    tickets = select(Ticket).options(load_only(*READ_COLUMNS))
    visible = policy.visible(every_ticket, VIEWER_ID)
    return tickets.where(Ticket.id == TICKET_ID, visible)
