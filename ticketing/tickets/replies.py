"""Update a ticket's status and ``waiting_on`` when a reply is added or deleted.

A reply is a message or a public comment.
"""

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
    """The time and the author of a message or public comment."""

    written_at: datetime
    user_id: int


# Functions of other parts that return the latest reply of their kind on a ticket.
LAST_REPLIES = ExtensionPoint[Callable[[Ticket], Reply | None]]("last_replies")


@contextmanager
def replying(actor: Actor, ticket: Ticket) -> Iterator[None]:
    """Update a locked ticket for a reply by ``actor``, who stores it in the block.

    Before the block, a reply of its customer reopens a resolved ticket. After it,
    ``waiting_on`` is the other side.

    :raises TicketClosedError: the ticket is closed, and ``actor`` is not an admin.
    """
    require_open(actor, ticket)
    waiting_on = ticket.side_of(actor.id).other
    if policy.is_customer_of(actor, ticket) and ticket.status is Status.RESOLVED:
        load_all_columns(ticket)
        ticket.waiting_on = waiting_on
        apply_changes(actor, ticket, {"status": Status.OPEN})
    yield
    # Not flushed: history writes it together with the number of the entry. A separate
    # flush makes POST of a message 8 % slower.
    set_committed_value(ticket, "waiting_on", waiting_on)


def recompute_waiting_on(ticket: Ticket) -> None:
    """Set ``waiting_on`` of a locked ticket from its replies, after one was deleted."""
    latest = [last(ticket) for last in LAST_REPLIES.contributions()]
    replies = [reply for reply in latest if reply is not None]
    by = max(replies).user_id if replies else ticket.user_id
    ticket.waiting_on = ticket.side_of(by).other
