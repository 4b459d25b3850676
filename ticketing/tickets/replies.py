"""Replies: whom a ticket waits for when someone writes on it or deletes a reply."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm.attributes import set_committed_value

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.extension_points import ExtensionPoint
from ticketing.tickets.access import load_all_columns, require_open
from ticketing.tickets.changes import apply_changes
from ticketing.tickets.models import Status, Ticket


class Reply(NamedTuple):
    """When something public was written on a ticket, and by whom."""

    written_at: datetime
    user_id: int


# Functions of the parts above that return the latest reply of their kind on a ticket.
LAST_REPLIES = ExtensionPoint[Callable[[Ticket], Reply | None]]("last_replies")


@contextmanager
def replying(actor: Actor, ticket: Ticket) -> Iterator[None]:
    """Let ``actor`` reply, in the block, on a ticket they have locked.

    A reply of its customer reopens it if it was resolved. From then on it waits for
    the other side.

    :raises TicketClosedError: it is closed, and ``actor`` is no admin.
    """
    require_open(actor, ticket)
    waiting_on = ticket.side_of(actor.id).other
    if policy.is_customer_of(actor, ticket) and ticket.status is Status.RESOLVED:
        load_all_columns(ticket)
        ticket.waiting_on = waiting_on
        apply_changes(actor, ticket, {"status": Status.OPEN})
    yield
    # Not flushed: history writes it with the number of the entry. A flush of its own
    # makes POST of a message 8 % slower.
    set_committed_value(ticket, "waiting_on", waiting_on)


def reply_deleted(ticket: Ticket) -> None:
    """Make a locked ticket wait for whoever the remaining replies say."""
    latest = [last(ticket) for last in LAST_REPLIES.contributions()]
    replies = [reply for reply in latest if reply is not None]
    by = max(replies).user_id if replies else ticket.user_id
    ticket.waiting_on = ticket.side_of(by).other
