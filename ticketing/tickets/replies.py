"""Whose turn it is on a ticket, when someone writes on it or takes that back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.tickets.access import complete, require_open
from ticketing.tickets.changes import apply_changes
from ticketing.tickets.models import Status, Ticket


class Word(NamedTuple):
    """When something was written in public on a ticket, and by whom."""

    written_at: datetime
    user_id: int


LastWord = Callable[[Ticket], Word | None]
_last_words: list[LastWord] = []


@contextmanager
def replying(actor: Actor, ticket: Ticket) -> Iterator[None]:
    """Have ``actor`` write, in the block, in public on a ticket they have locked.

    Its customer's word reopens it if it was resolved; either way it is the other
    side's turn.

    :raises TicketClosedError: it is closed, and ``actor`` no admin.
    """
    require_open(actor, ticket)
    waiting_on = ticket.side_of(actor.id).other
    if policy.is_its_customer(actor, ticket) and ticket.status is Status.RESOLVED:
        complete(ticket)
        ticket.waiting_on = waiting_on
        apply_changes(actor, ticket, {"status": Status.OPEN})
    yield
    if ticket.waiting_on is not waiting_on:  # or there would be something to flush
        ticket.waiting_on = waiting_on  # now: a flush in the block leaves it alone


def note_withdrawal(ticket: Ticket) -> None:
    """Note that something written in public on a locked ticket has been deleted."""
    words = [word for last in _last_words if (word := last(ticket)) is not None]
    by = max(words).user_id if words else ticket.user_id
    ticket.waiting_on = ticket.side_of(by).other


def tells_last_word(last: LastWord) -> LastWord:
    """Let another part say what was last written on a ticket with it."""
    _last_words.append(last)
    return last
