"""Erase a user from the history of tickets."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from ticketing.core.database import db
from ticketing.core.transaction import renew_snapshot, transaction
from ticketing.history.models import Entry, Stream
from ticketing.people import payloads
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.models import Ticket

BATCH_SIZE = 100  # entries, or tickets, that are read or changed together
SCAN_BATCH_SIZE = 500  # tickets whose entries one statement searches for an assignee
UPDATED = "ticket.updated"


def erase_history(user_id: int, ticket_id: int, is_own: bool) -> None:
    """Erase a user from both streams of a ticket.

    :param is_own: whether the ticket is the user's.
    """
    for stream in Stream:
        after = 0
        while entries := _read(ticket_id, stream, after):
            after = entries[-1].seq
            if stale := [e.seq for e in entries if _erased(e, user_id, is_own)]:
                _rewrite(ticket_id, stream, stale, user_id)


def own_tickets(user_id: int) -> Iterator[int]:
    """Return the ids of the tickets of a user."""
    return _each(select(Ticket.id).where(Ticket.user_id == user_id), Ticket.id)


def tickets_acted_on(user_id: int) -> Iterator[int]:
    """Return the ids of the tickets of others that a user has acted on."""
    acted_on = select(Entry.ticket_id).where(Entry.actor_id == user_id)
    others = select(Ticket.id).where(Ticket.user_id == user_id).scalar_subquery()
    found = acted_on.where(Entry.ticket_id.not_in(others)).distinct()
    return _each(found, Entry.ticket_id)


def tickets_assigned(user_id: int) -> Iterator[int]:
    """Return the ids of the tickets that were ever assigned to a user.

    There is no index for that: each update of every ticket is examined.
    """
    renew_snapshot()
    last = db.session.scalar(select(func.max(Ticket.id))) or 0
    assigned = (
        select(Entry.ticket_id)
        .where(
            Entry.name == UPDATED,
            Entry.payload["assignee", "id"].as_integer() == user_id,
        )
        .distinct()
    )
    for first in range(1, last + 1, SCAN_BATCH_SIZE):
        renew_snapshot()
        some = Entry.ticket_id.between(first, first + SCAN_BATCH_SIZE - 1)
        yield from db.session.scalars(assigned.where(some)).all()


def _each(ids: Select[Any], key: Any) -> Iterator[int]:
    after = 0
    while True:
        renew_snapshot()
        some = ids.where(key > after).order_by(key).limit(BATCH_SIZE)
        found = db.session.scalars(some).all()
        if not found:
            return
        yield from found
        after = found[-1]


def _read(ticket_id: int, stream: Stream, after: int) -> Sequence[Row[Any]]:
    renew_snapshot()
    entries = select(Entry.seq, Entry.name, Entry.payload).where(
        Entry.ticket_id == ticket_id, Entry.stream == stream, Entry.seq > after
    )
    return db.session.execute(entries.order_by(Entry.seq).limit(BATCH_SIZE)).all()


def _erased(entry: Any, user_id: int, is_own: bool) -> dict[str, Any] | None:
    """Return the payload of an entry without the user; ``None`` if nothing changes."""
    erased = payloads.erase(entry.name, entry.payload, user_id, is_own)
    return erased if erased != entry.payload else None


@transaction()
def _rewrite(
    ticket_id: int, stream: Stream, seqs: Sequence[int], user_id: int
) -> None:
    """Erase a user from entries of a ticket, which may have been deleted since."""
    for ticket in lock_tickets(Ticket.id == ticket_id):
        stale = select(Entry).where(
            Entry.ticket_id == ticket.id, Entry.stream == stream, Entry.seq.in_(seqs)
        )
        for entry in db.session.scalars(stale):
            erased = _erased(entry, user_id, ticket.user_id == user_id)
            entry.payload = erased or entry.payload
