"""What waits to be read, and for whom: derived from the messages, never kept."""

from sqlalchemy import ColumnElement, case, exists, func, select

from ticketing import policy
from ticketing.accounts.models import User
from ticketing.chat.events import UnreadChanged
from ticketing.chat.models import Message
from ticketing.core.database import db
from ticketing.core.transaction import publish
from ticketing.tickets.models import Side, Ticket


def criteria(ticket_id: int, side: Side) -> list[ColumnElement[bool]]:
    """Return the criteria on ``Message`` of what waits, on a ticket, for a side."""
    return [
        Message.ticket_id == ticket_id,
        Message.side == side.other,
        ~Message.is_read,
    ]


def is_left(ticket_id: int, side: Side, up_to: int) -> bool:
    """Whether anything up to a message waits, on a ticket, for a side."""
    waiting = select(Message.id).where(*criteria(ticket_id, side), Message.id <= up_to)
    return db.session.scalar(waiting.limit(1)) is not None


def count_of(ticket_id: int, side: Side) -> int:
    """Return how many messages wait, on a ticket, for a side."""
    waiting = select(func.count()).select_from(Message)
    return db.session.scalars(waiting.where(*criteria(ticket_id, side))).one()


def count_for(user_id: int) -> int:
    """Return how many messages wait for a user.

    Of support, in tickets of their own; of customers, in tickets assigned to them.
    """
    return db.session.scalars(select(_total(user_id))).one()


def count_if_reading_for(side: Side, user_id: int) -> int | None:
    """Return how many messages wait for a user; ``None`` if they read for no ``side``.

    For the customer's side everyone reads, in tickets of their own. It is as of now,
    whatever the session has read before.
    """
    counted = select(_total(user_id), _reads_for_support(user_id))
    with db.engine.connect() as connection:
        total, for_support = connection.execute(counted).one()
    return total if side is Side.CUSTOMER or for_support else None


def count_for_viewer(actor: User) -> ColumnElement[int]:
    """Return the expression of how many messages of a ``Ticket`` wait for ``actor``."""
    written_by = case((Ticket.user_id == actor.id, Side.SUPPORT), else_=Side.CUSTOMER)
    return (
        select(func.count())
        .select_from(Message)
        .where(
            Message.ticket_id == Ticket.id,
            Message.side == written_by,
            ~Message.is_read,
        )
        .correlate(Ticket)
        .scalar_subquery()
    )


def tell_readers(ticket: Ticket, side: Side) -> None:
    """Tell those for whom a side's messages count that their number has changed."""
    reader = ticket.user_id if side is Side.CUSTOMER else ticket.assigned_to
    tell_those(ticket, side, [reader])


def tell_those(ticket: Ticket, side: Side, readers: list[int | None]) -> None:
    """Tell users that read, or have read, for a side; whoever asks never does so."""
    for reader in readers:
        is_owner = reader == ticket.user_id
        if reader is not None and is_owner == (side is Side.CUSTOMER):
            publish(UnreadChanged(reader, side))


def _total(user_id: int) -> ColumnElement[int]:
    own = _waiting(Side.SUPPORT, Ticket.user_id == user_id)
    assigned = _waiting(
        Side.CUSTOMER,
        Ticket.assigned_to == user_id,
        Ticket.user_id != user_id,
        _reads_for_support(user_id),
    )
    return own + assigned


def _reads_for_support(user_id: int) -> ColumnElement[bool]:
    return exists().where(User.id == user_id, policy.is_active_admin())


def _waiting(side: Side, *which: ColumnElement[bool]) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(Message)
        .join(Message.ticket)
        .where(*which, Message.side == side, ~Message.is_read)
        .scalar_subquery()
    )
