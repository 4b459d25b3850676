"""What waits to be read, and for whom: derived from the messages, never kept."""

from sqlalchemy import ColumnElement, bindparam, case, exists, func, select

from ticketing import policy
from ticketing.accounts.models import User
from ticketing.chat.events import UnreadChanged
from ticketing.chat.models import Message
from ticketing.core.database import db
from ticketing.core.hot import fetch_all
from ticketing.core.transaction import publish
from ticketing.tickets.models import Side, Ticket


def criteria(ticket_id: int, side: Side) -> list[ColumnElement[bool]]:
    """Return the criteria on ``Message`` of what waits, on a ticket, for a side."""
    return [
        Message.ticket_id == ticket_id,
        Message.side == side.other,
        ~Message.is_read,
    ]


def count_of(ticket_id: int, side: Side) -> int:
    """Return how many messages wait, on a ticket, for a side."""
    waiting = select(func.count()).select_from(Message)
    return db.session.scalars(waiting.where(*criteria(ticket_id, side))).one()


def count_for(user_id: int) -> int:
    """Return how many messages wait for a user.

    Of support, in tickets of their own; of customers, in tickets assigned to them.
    """
    ((total,),) = fetch_all(TOTAL, {"user_id": user_id})
    return total


def count_if_reading_for(side: Side, user_id: int) -> int | None:
    """Return how many messages wait for a user; ``None`` if they read for no ``side``.

    For the customer's side everyone reads, in tickets of their own. It is as of now,
    whatever the session has read before.
    """
    with db.engine.connect() as connection:
        counted = connection.execute(TOTAL_AND_RIGHT, {"user_id": user_id})
        total, for_support = counted.one()
    return total if side is Side.CUSTOMER or for_support else None


def count_for_viewer(viewer_id: ColumnElement[int]) -> ColumnElement[int]:
    """Return the expression of how many messages of a ``Ticket`` wait for a user."""
    return _of_viewer(func.count(), viewer_id)


def first_for_viewer(viewer_id: ColumnElement[int]) -> ColumnElement[int]:
    """Return the expression of the first message of a ``Ticket`` to wait for a user."""
    return _of_viewer(func.min(Message.id), viewer_id)


def _of_viewer(
    figure: ColumnElement[int], viewer_id: ColumnElement[int]
) -> ColumnElement[int]:
    written_by = case((Ticket.user_id == viewer_id, Side.SUPPORT), else_=Side.CUSTOMER)
    return (
        select(figure)
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


def _waiting(side: Side, *which: ColumnElement[bool]) -> ColumnElement[int]:
    return (
        select(func.count())
        # By the user's tickets: what waits for everyone grows with everyone.
        .prefix_with("STRAIGHT_JOIN", dialect="mysql")
        .select_from(Ticket)
        .join(Message, Message.ticket_id == Ticket.id)
        .where(*which, Message.side == side, ~Message.is_read)
        .scalar_subquery()
    )


# Made once: of a user who is bound to "user_id".
USER_ID = bindparam("user_id", type_=User.id.type)
READS_FOR_SUPPORT = exists().where(User.id == USER_ID, policy.is_active_admin())
OWN = _waiting(Side.SUPPORT, Ticket.user_id == USER_ID)
ASSIGNED = _waiting(
    Side.CUSTOMER,
    Ticket.assigned_to == USER_ID,
    Ticket.user_id != USER_ID,
    READS_FOR_SUPPORT,
)
TOTAL = select(OWN + ASSIGNED)
TOTAL_AND_RIGHT = select(OWN + ASSIGNED, READS_FOR_SUPPORT)
