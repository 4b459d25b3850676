"""Record and read the history of tickets."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from marshmallow import missing
from sqlalchemy import bindparam, select

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.database import db, later_than
from ticketing.core.errors import ConflictError, InvalidError
from ticketing.core.hot import insert_row, update_row
from ticketing.core.pages import MAX_PAGE_BYTES, Conversation, Page
from ticketing.core.text import t
from ticketing.core.transaction import publish
from ticketing.history.events import StreamGrew
from ticketing.history.models import REPLY_EVENTS, Entry, Stream
from ticketing.history.schemas import EntrySchema
from ticketing.tickets.access import find_ticket, is_locked
from ticketing.tickets.events import TicketEvent
from ticketing.tickets.models import Ticket
from ticketing.web.schemas import Serialized, shared
from ticketing.web.serializer import Computed, RowSerializer

MAX_REPLAYED = 100
MAX_MISSED = 100  # entries of a conversation that moved

ENTRIES = RowSerializer(
    EntrySchema,
    Entry,
    internal=Computed(
        lambda values: values[0] is Stream.STAFF or missing, [Entry.stream]
    ),
)
HISTORY = Conversation(
    select(*ENTRIES.columns).where(
        Entry.ticket_id == bindparam("ticket_id"), Entry.stream == bindparam("stream")
    ),
    Entry.seq,
    ENTRIES.serialize,
    large=Entry.payload,  # it has an edited description three times
)


class ConversationMovedError(ConflictError):
    """Another user replied after ``if_last_seq``; ``events`` are those missed since."""

    code = "conversation_moved"
    message = t(
        "Another user has replied in the meantime; read the reply, then decide."
    )


class Missed(TypedDict):
    """The entries of a stream that a client has missed.

    :ivar last_seq: the last one that the client now knows.
    :ivar has_more: whether more are to be read after it.
    """

    last_seq: int
    events: Sequence[Serialized]
    has_more: bool


class Joined(Missed):
    """The entries that a client has missed of a ticket's public stream.

    :ivar staff: those of the staff stream, if the client may follow it.
    """

    ticket_id: int
    staff: NotRequired[Missed]


def record(event: TicketEvent) -> None:
    """Append an event to its stream, in the current transaction.

    :raises RuntimeError: the transaction has not locked the ticket; without the lock,
        two entries could have the same number.
    """
    if not is_locked(event.ticket_id):
        raise RuntimeError(f"{event!r} published without lock_ticket")
    ticket = db.session.get_one(Ticket, event.ticket_id)
    stream = Stream.STAFF if event.internal else Stream.PUBLIC
    _erase(event, stream)
    now = later_than(ticket.last_activity_at)
    _advance(ticket, stream, now, by_itself=event.actor_id is None)
    entry = {
        "ticket_id": ticket.id,
        "seq": _last_seq(ticket, stream),
        "name": event.name,
        "actor_id": event.actor_id,
        "payload": dict(event.payload),
        "created_at": now,
    }
    insert_row(Entry, stream=stream, **entry)
    dumped = shared(EntrySchema).dump({**entry, "internal": event.internal})
    publish(StreamGrew(ticket.id, stream, dumped["seq"], ticket.user_id, dumped))


def list_entries(
    actor: Actor, ticket_id: int, stream: Stream, after: int, limit: int
) -> Page[Serialized]:
    """Return a page of a stream's entries, in the order of ``seq``.

    :param after: the entries returned have a greater ``seq``.
    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: ``actor`` may not follow that stream.
    """
    ticket = find_ticket(actor, ticket_id)
    policy.require(policy.may_follow(actor, stream))
    return _read(ticket, stream, after, limit)


def streams_for(
    actor: Actor, ticket_id: int, staff_after: int | None
) -> list[Stream]:
    """Return the streams of a ticket that ``actor`` may follow, as asked for.

    :param staff_after: not ``None`` if ``actor`` asks for the staff stream.
    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: ``actor`` asks for the staff stream, but may not follow it.
    """
    find_ticket(actor, ticket_id)
    return _streams(actor, staff_after)


def catch_up(
    actor: Actor, ticket_id: int, after: int | None, staff_after: int | None
) -> Joined:
    """Return the entries that ``actor`` has missed of each stream they may follow.

    :param after: the last ``seq`` of the public stream that ``actor`` knows; ``None``
        returns no entries.
    :param staff_after: the same for the staff stream.
    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: ``actor`` asks for the staff stream, but may not follow it.
    """
    ticket = find_ticket(actor, ticket_id)
    streams = _streams(actor, staff_after)
    # The streams share the bytes that an acknowledgement may have.
    share = MAX_PAGE_BYTES // len(streams)
    missed = _missed(ticket, Stream.PUBLIC, after, share)
    joined = Joined(ticket_id=ticket.id, **missed)
    if Stream.STAFF in streams:
        joined["staff"] = _missed(ticket, Stream.STAFF, staff_after, share)
    return joined


def last_seqs(ticket_ids: Collection[int]) -> dict[tuple[int, Stream], int]:
    """Return the last ``seq`` of both streams of tickets, without authorization.

    The caller has authorized every client that follows the streams.
    """
    numbers = select(Ticket.id, Ticket.last_seq, Ticket.last_staff_seq)
    found = db.session.execute(numbers.where(Ticket.id.in_(ticket_ids)))
    return {
        (ticket_id, stream): seq
        for ticket_id, public, staff in found
        for stream, seq in ((Stream.PUBLIC, public), (Stream.STAFF, staff))
    }


def read_log(
    ticket_id: int, stream: Stream, after: int, limit: int
) -> list[dict[str, Any]]:
    """Return serialized entries of a stream, without authorization.

    They are read through a new connection, and so include everything that is committed.

    :param after: the entries returned have a greater ``seq``.
    """
    table = Entry.__table__
    entries = select(table).where(
        Entry.ticket_id == ticket_id, Entry.stream == stream, Entry.seq > after
    )
    with db.engine.connect() as connection:
        rows = connection.execute(entries.order_by(Entry.seq).limit(limit)).mappings()
        internal = {"internal": stream is Stream.STAFF}
        return [shared(EntrySchema).dump({**row, **internal}) for row in rows]


def require_reached(ticket: Ticket, if_last_seq: int | None) -> None:
    """Check that a ticket's public stream has the entry that a writer says they know.

    :raises InvalidError: ``if_last_seq`` is greater than the ticket's ``last_seq``.
    """
    if if_last_seq is not None and if_last_seq > ticket.last_seq:
        last = ticket.last_seq
        too_great = t("Must not be beyond the ticket's last_seq, {last}.", last=last)
        raise InvalidError({"if_last_seq": [too_great]})


def require_unmoved(writer: Actor, ticket: Ticket, if_last_seq: int | None) -> None:
    """Check that no other user has replied on a locked ticket since ``if_last_seq``.

    The error has all entries since then, of any name and user.

    :raises ConversationMovedError: a user other than ``writer`` has.
    """
    if if_last_seq is None or if_last_seq == ticket.last_seq:
        return
    replies_of_others = select(Entry.seq).where(
        Entry.ticket_id == ticket.id,
        Entry.stream == Stream.PUBLIC,
        Entry.seq > if_last_seq,
        Entry.name.in_(REPLY_EVENTS),
        Entry.actor_id != writer.id,
    )
    if db.session.scalar(replies_of_others.limit(1)) is not None:
        missed = _read(ticket, Stream.PUBLIC, if_last_seq, MAX_MISSED).data
        raise ConversationMovedError(events=missed)


def _streams(actor: Actor, staff_after: int | None) -> list[Stream]:
    if staff_after is not None:
        policy.require(policy.may_follow(actor, Stream.STAFF))
    return [stream for stream in Stream if policy.may_follow(actor, stream)]


def _missed(
    ticket: Ticket, stream: Stream, after: int | None, max_bytes: int
) -> Missed:
    last_seq = _last_seq(ticket, stream)
    if after is None:
        return Missed(last_seq=last_seq, events=[], has_more=False)
    page = _read(ticket, stream, after, MAX_REPLAYED, max_bytes)
    # The page may be newer than the ticket: an entry may have been added in between.
    return Missed(
        last_seq=page.data[-1]["seq"] if page.data else last_seq,
        events=page.data,
        has_more=page.next is not None,
    )


def _last_seq(ticket: Ticket, stream: Stream) -> int:
    return ticket.last_seq if stream is Stream.PUBLIC else ticket.last_staff_seq


def _read(
    ticket: Ticket,
    stream: Stream,
    after: int,
    limit: int,
    max_bytes: int = MAX_PAGE_BYTES,
) -> Page[Serialized]:
    return HISTORY.page(
        limit=limit,
        after=after,
        max_bytes=max_bytes,
        ticket_id=ticket.id,
        stream=stream,
    )


def _advance(ticket: Ticket, stream: Stream, now: datetime, by_itself: bool) -> None:
    """Number the next entry of a stream, in the ticket.

    :param by_itself: whether a rule or a clock acted, which ends no silence.
    """
    if stream is Stream.STAFF:
        update_row(ticket, last_staff_seq=ticket.last_staff_seq + 1)
        return
    update_row(
        ticket,
        last_seq=ticket.last_seq + 1,
        last_activity_at=now,
        person_acted_at=ticket.silent_since if by_itself else None,
        # See replying(): a reply sets these, unflushed.
        waiting_on=ticket.waiting_on,
        waiting_since=ticket.waiting_since,
    )


def _erase(event: TicketEvent, stream: Stream) -> None:
    """Erase deleted fields of a resource from its earlier entries in the stream."""
    if not event.erases:
        return
    kind = event.name.partition(".")[0]
    earlier = select(Entry).where(
        Entry.ticket_id == event.ticket_id,
        Entry.stream == stream,
        Entry.name.startswith(f"{kind}."),
        Entry.payload["id"].as_integer() == event.payload["id"],
    )
    for entry in db.session.scalars(earlier):
        erased = dict.fromkeys(event.erases & set(entry.payload))
        entry.payload = entry.payload | erased
