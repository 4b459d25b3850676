"""The one door to tickets: whoever reads or writes on one comes through here."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from ticketing import policy
from ticketing.accounts.models import User
from ticketing.core.database import db
from ticketing.core.errors import ConflictError, NotFoundError
from ticketing.core.pages import Order, Page, read_feed
from ticketing.core.transaction import in_turn, is_in_turn
from ticketing.tickets.models import Status, Ticket

ORDERS = {
    order.name: order
    for order in (
        Order("-created_at", Ticket.created_at, Ticket.id, descending=True),
        Order("created_at", Ticket.created_at, Ticket.id),
        Order("-last_activity_at", Ticket.last_activity_at, Ticket.id, descending=True),
        Order("-priority", Ticket.priority, Ticket.id, descending=True),
    )
}
NONE = "There is no such ticket."

_views: list[Callable[[User], ExecutableOption]] = []


class TicketClosedError(ConflictError):
    """The conversation is over for its customer."""

    code = "ticket_closed"
    message = "This ticket is closed; open a new one, or ask support to reopen it."


def shown_with(
    view: Callable[[User], ExecutableOption],
) -> Callable[[User], ExecutableOption]:
    """Let another part add to what a viewer is shown of a ticket.

    :param view: returns a query option for whoever looks.
    """
    _views.append(view)
    return view


def list_tickets(
    actor: User, *, limit: int, cursor: str | None = None, sort: str, **filters: Any
) -> Page[Ticket]:
    """Return the tickets ``actor`` may see that pass every filter.

    :param filters: as in a ``TicketsQuery``.
    :raises InvalidError: ``cursor`` is none of ours, or of another order.
    """
    criteria = [_criterion(actor, name, value) for name, value in filters.items()]
    return read_feed(
        _shown_to(actor).where(*criteria), ORDERS[sort], limit=limit, cursor=cursor
    )


def get_ticket(actor: User, ticket_id: int) -> Ticket:
    """Return a ticket ``actor`` may see, with all that is shown of it.

    :raises NotFoundError: there is none, or ``actor`` may not see it.
    """
    shown = _shown_to(actor).where(Ticket.id == ticket_id)
    return _found(shown.execution_options(populate_existing=True))


def peek_ticket(actor: User, ticket_id: int) -> Ticket:
    """Return a ticket as ``get_ticket`` does, but the bare row, for what hangs on it.

    :raises NotFoundError: there is none, or ``actor`` may not see it.
    """
    return _found(
        select(Ticket).where(Ticket.id == ticket_id, policy.visible_to(actor))
    )


def lock_ticket(actor: User, ticket_id: int) -> Ticket:
    """Return a ticket as ``peek_ticket`` does, fresh, and locked until the commit.

    The first step of every use case that writes on a ticket. A later lock would
    deadlock: inserting a row that refers to the ticket already shares a lock on it.

    :raises NotFoundError: there is none, or ``actor`` may not see it.
    """
    locked = lock_tickets(Ticket.id == ticket_id, policy.visible_to(actor))
    if not locked:
        raise NotFoundError(NONE)
    return locked[0]


def lock_tickets(*criteria: ColumnElement[bool]) -> Sequence[Ticket]:
    """Return the tickets that match, by id, as ``lock_ticket`` does, whoever asks."""
    locked = select(Ticket).where(*criteria).order_by(Ticket.id).with_for_update()
    tickets = db.session.scalars(locked.execution_options(populate_existing=True)).all()
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


def require_open(actor: User, ticket: Ticket) -> None:
    """Refuse to let its customer write on a closed ticket.

    :raises TicketClosedError: it is closed, and ``actor`` no admin.
    """
    if not policy.may_write_on(actor, ticket):
        raise TicketClosedError


def count_in_category(category_id: int) -> int:
    """Return how many tickets are in a category."""
    counted = select(func.count()).where(Ticket.category_id == category_id)
    return db.session.scalars(counted.select_from(Ticket)).one()


def _shown_to(actor: User) -> Select[Ticket]:
    return (
        select(Ticket)
        .where(policy.visible_to(actor))
        .options(
            joinedload(Ticket.user, innerjoin=True),
            joinedload(Ticket.category, innerjoin=True),
            joinedload(Ticket.assignee),
            *(view(actor) for view in _views),
        )
    )


def _criterion(actor: User, name: str, value: Any) -> ColumnElement[bool]:
    column = getattr(Ticket, name)
    if isinstance(value, list):
        return column.in_(value)
    if value == "none":
        return column.is_(None)
    return column == (actor.id if value == "me" else value)


def _found(statement: Select[Ticket]) -> Ticket:
    ticket = db.session.scalar(statement)
    if ticket is None:
        raise NotFoundError(NONE)
    return ticket
