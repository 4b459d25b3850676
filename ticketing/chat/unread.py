"""Count unread messages, and publish changes of the counts.

Counts are computed from the messages; none is stored. The reader for the customer's
side is the ticket's own user. Any admin may read for support; the messages count for
the assignee.
"""

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
    """Return the criteria on ``Message`` for those that a side has not read."""
    return [
        Message.ticket_id == ticket_id,
        Message.side == side.other,
        ~Message.is_read,
    ]


def count_on_ticket(ticket_id: int, side: Side) -> int:
    """Return the number of messages on a ticket that a side has not read."""
    counted = select(func.count()).select_from(Message)
    return db.session.scalars(counted.where(*criteria(ticket_id, side))).one()


def count_for_user(user_id: int) -> int:
    """Return the number of a user's unread messages in all tickets.

    They are messages of support in tickets of the user's own, and messages of customers
    in tickets assigned to the user.
    """
    ((total,),) = fetch_all(TOTAL, {"user_id": user_id})
    return total


def count_for_reader(side: Side, user_id: int) -> int | None:
    """Return ``count_for_user``, or ``None`` if the user does not read for ``side``.

    Everyone reads for the customer's side, in tickets of their own. The count is
    current: it is read through a new connection, not the session's snapshot.
    """
    with db.engine.connect() as connection:
        counted = connection.execute(TOTAL_AND_READS_FOR_SUPPORT, {"user_id": user_id})
        total, reads_for_support = counted.one()
    return total if side is Side.CUSTOMER or reads_for_support else None


def count_for_viewer(viewer_id: ColumnElement[int]) -> ColumnElement[int]:
    """Return the SQL expression for a ticket's unread messages of the viewer's side."""
    return _aggregate_unread(func.count(), viewer_id)


def first_id_for_viewer(viewer_id: ColumnElement[int]) -> ColumnElement[int]:
    """Return the SQL expression for the id of the first of these messages."""
    return _aggregate_unread(func.min(Message.id), viewer_id)


def _aggregate_unread(
    aggregate: ColumnElement[int], viewer_id: ColumnElement[int]
) -> ColumnElement[int]:
    written_by = case((Ticket.user_id == viewer_id, Side.SUPPORT), else_=Side.CUSTOMER)
    return (
        select(aggregate)
        .select_from(Message)
        .where(
            Message.ticket_id == Ticket.id,
            Message.side == written_by,
            ~Message.is_read,
        )
        .correlate(Ticket)
        .scalar_subquery()
    )


def publish_change(ticket: Ticket, side: Side) -> None:
    """Publish that the unread messages of a side of a ticket have changed."""
    reader_id = ticket.user_id if side is Side.CUSTOMER else ticket.assigned_to
    publish_change_to(ticket, side, [reader_id])


def publish_change_to(
    ticket: Ticket, side: Side, reader_ids: list[int | None]
) -> None:
    """Publish that the unread messages of some readers of a ticket have changed.

    :param reader_ids: present or former readers for ``side``, or ``None``. A ticket's
        own user reads for the customer's side only, even if the ticket is assigned to
        them.
    """
    for reader_id in reader_ids:
        is_customer = reader_id == ticket.user_id
        if reader_id is not None and is_customer == (side is Side.CUSTOMER):
            publish(UnreadChanged(reader_id, side))


def _count_unread(
    written_by: Side, *tickets: ColumnElement[bool]
) -> ColumnElement[int]:
    return (
        select(func.count())
        # Begin with the user's tickets, which are fewer than all unread messages.
        .prefix_with("STRAIGHT_JOIN", dialect="mysql")
        .select_from(Ticket)
        .join(Message, Message.ticket_id == Ticket.id)
        .where(*tickets, Message.side == written_by, ~Message.is_read)
        .scalar_subquery()
    )


# Built once; ``user_id`` is bound when they are executed.
USER_ID = bindparam("user_id", type_=User.id.type)
READS_FOR_SUPPORT = exists().where(User.id == USER_ID, policy.is_active_admin())
OWN = _count_unread(Side.SUPPORT, Ticket.user_id == USER_ID)
ASSIGNED = _count_unread(
    Side.CUSTOMER,
    Ticket.assigned_to == USER_ID,
    Ticket.user_id != USER_ID,
    READS_FOR_SUPPORT,
)
TOTAL = select(OWN + ASSIGNED)
TOTAL_AND_READS_FOR_SUPPORT = select(OWN + ASSIGNED, READS_FOR_SUPPORT)
