"""Update ``status``, ``waiting_on`` and ``waiting_since`` of tickets by their replies.

A reply is a message or a public comment.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true, union_all
from sqlalchemy.orm.attributes import set_committed_value

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.database import db, later_than
from ticketing.tickets.access import load_all_columns, require_open
from ticketing.tickets.changes import apply_changes
from ticketing.tickets.conversation import REPLY_KINDS, ReplyKind
from ticketing.tickets.models import Side, Status, Ticket

Aggregate = Callable[[Any], ColumnElement[datetime]]


@contextmanager
def replying(actor: Actor, ticket: Ticket) -> Iterator[datetime]:
    """Update a locked ticket for a reply by ``actor``, who stores it in the block.

    Before the block, a reply of its customer reopens a resolved ticket. After the
    block, the ticket waits on the other side: if it did not before, since this reply.
    The block receives the time of the reply.

    :raises TicketClosedError: the ticket is closed, and ``actor`` is not an admin.
    """
    require_open(actor, ticket)
    side = ticket.side_of(actor.id)
    is_first = ticket.waiting_on is side
    if policy.is_customer_of(actor, ticket) and ticket.status is Status.RESOLVED:
        load_all_columns(ticket)
        ticket.waiting_on = side.other
        apply_changes(actor, ticket, {"status": Status.OPEN})
    now = later_than(ticket.last_activity_at)
    yield now
    # These are not flushed: history writes them together with the number of the entry.
    # A separate flush makes POST of a message 8 % slower.
    set_committed_value(ticket, "waiting_on", side.other)
    if is_first:
        set_committed_value(ticket, "waiting_since", now)


def recompute_waiting(ticket: Ticket) -> None:
    """Set ``waiting_on`` and ``waiting_since`` after a reply was deleted."""
    ticket.waiting_on, ticket.waiting_since = waiting(ticket)


def waiting(ticket: Ticket) -> tuple[Side, datetime]:
    """Return ``waiting_on`` and ``waiting_since`` as they follow from the replies.

    Opening the ticket counts as the customer's first reply.
    """
    asked = _time(func.max, ticket, Side.CUSTOMER)
    answered = _time(func.max, ticket, Side.SUPPORT)
    if answered is None:
        return Side.SUPPORT, ticket.created_at
    if asked is None or asked < answered:
        since = _time(func.min, ticket, Side.SUPPORT, after=asked)
        return Side.CUSTOMER, since or answered
    since = _time(func.min, ticket, Side.CUSTOMER, after=answered)
    return Side.SUPPORT, since or asked


def _time(
    aggregate: Aggregate, ticket: Ticket, side: Side, after: datetime | None = None
) -> datetime | None:
    """Return the time of a side's first or last reply, if there is one."""
    each_kind = (_replies(kind, ticket) for kind in REPLY_KINDS.contributions())
    replies = union_all(*each_kind).subquery()
    by_customer = replies.c.user_id == ticket.user_id
    chosen = select(aggregate(replies.c.created_at)).where(
        by_customer if side is Side.CUSTOMER else ~by_customer,
        true() if after is None else replies.c.created_at > after,
    )
    return db.session.scalar(chosen)


def _replies(kind: ReplyKind, ticket: Ticket) -> Select[Any]:
    return select(kind.model.user_id, kind.model.created_at).where(
        kind.model.ticket_id == ticket.id, kind.is_public
    )
