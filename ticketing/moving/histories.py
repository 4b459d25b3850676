"""Write the log of imported tickets, and the columns of tickets that follow from it.

The Laravel system has no history. Of the changes of a ticket's status and assignee,
only the time of the last one is known, and not who made it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import joinedload

from ticketing.chat.models import Message
from ticketing.chat.service import MESSAGES
from ticketing.comments.models import Comment
from ticketing.comments.service import COMMENTS
from ticketing.core.database import db
from ticketing.core.hot import insert_rows
from ticketing.history.models import Entry, Stream
from ticketing.reports.facts import facts_from
from ticketing.service_levels.opening import ALWAYS_OPEN
from ticketing.tickets.models import Side, Status, Ticket
from ticketing.tickets.schemas import TicketStateSchema
from ticketing.web.schemas import shared
from ticketing.web.serializer import RowSerializer

TICKET_BATCH_SIZE = 100
ENTRY_BATCH_SIZE = 500
# The columns of a ticket that follow from its log.
DERIVED = (
    *("last_seq", "last_staff_seq", "last_activity_at", "waiting_on", "waiting_since"),
    *("first_response_seconds", "resolved_at", "resolution_seconds"),
)
UPDATE_DERIVED = (
    update(Ticket.__table__)  # type: ignore[arg-type]
    .where(Ticket.__table__.c.id == bindparam("row_id"))
    .values({name: bindparam(name) for name in DERIVED})
)


class Kind(IntEnum):
    """A kind of moment; moments of one time are logged in this order."""

    OPENED = 1
    COMMENT = 2
    MESSAGE = 3
    CHANGED = 4


class Moment(NamedTuple):
    """Something that happened to a ticket; moments are sorted by these fields.

    :param source_id: the id of the comment or message.
    """

    ticket_id: int
    at: datetime
    kind: Kind
    source_id: int = 0


REPLIES: Mapping[Kind, tuple[Any, RowSerializer]] = {
    Kind.COMMENT: (Comment, COMMENTS),
    Kind.MESSAGE: (Message, MESSAGES),
}


def write_histories() -> Iterator[int]:
    """Write the log of all tickets, in the current transaction.

    The size of each batch is yielded once it is written.
    """
    last_id = 0
    while tickets := _tickets_after(last_id):
        _write({ticket.id: ticket for ticket in tickets})
        yield len(tickets)
        last_id = tickets[-1].id


def _tickets_after(ticket_id: int) -> Sequence[Ticket]:
    nested = map(joinedload, (Ticket.user, Ticket.assignee, Ticket.category))
    query = select(Ticket).options(*nested).where(Ticket.id > ticket_id)
    found = db.session.scalars(query.order_by(Ticket.id).limit(TICKET_BATCH_SIZE)).all()
    db.session.expunge_all()  # changes are written by UPDATE_DERIVED
    return found


def _write(tickets: Mapping[int, Ticket]) -> None:
    moments = sorted(_moments(tickets))
    for start in range(0, len(moments), ENTRY_BATCH_SIZE):
        batch = moments[start : start + ENTRY_BATCH_SIZE]
        replies = _read_replies(batch)
        entries = [_entry(tickets[each.ticket_id], each, replies) for each in batch]
        insert_rows(Entry, entries)
    derived = [
        {"row_id": ticket.id} | {name: getattr(ticket, name) for name in DERIVED}
        for ticket in tickets.values()
    ]
    db.session.connection().execute(UPDATE_DERIVED, derived)


def _moments(tickets: Mapping[int, Ticket]) -> Iterator[Moment]:
    """Yield the moments of tickets; none is earlier than the opening."""
    for ticket in tickets.values():
        yield Moment(ticket.id, ticket.created_at, Kind.OPENED)
        if _changes(ticket):
            changed_at = max(ticket.created_at, ticket.updated_at)
            yield Moment(ticket.id, changed_at, Kind.CHANGED)
    for kind, (model, _) in REPLIES.items():
        columns = select(model.ticket_id, model.created_at, model.id)
        for row in db.session.execute(columns.where(model.ticket_id.in_(tickets))):
            at = max(row.created_at, tickets[row.ticket_id].created_at)
            yield Moment(row.ticket_id, at, kind, row.id)


def _read_replies(moments: Sequence[Moment]) -> dict[tuple[Kind, int], Any]:
    """Return the serialized comments and messages of some moments."""
    replies = {}
    for kind, (model, serializer) in REPLIES.items():
        ids = [moment.source_id for moment in moments if moment.kind is kind]
        rows = select(*serializer.columns).join(model.user).where(model.id.in_(ids))
        for row in db.session.execute(rows) if ids else ():
            reply = serializer.serialize(row)
            replies[kind, reply["id"]] = reply
    return replies


def _entry(
    ticket: Ticket, moment: Moment, replies: Mapping[tuple[Kind, int], Any]
) -> dict[str, Any]:
    """Return the columns of a ticket's next entry; update the ticket's own columns."""
    if moment.kind is Kind.OPENED:
        return _append(ticket, moment.at, "ticket.created", _opened(ticket))
    if moment.kind is Kind.CHANGED:
        return _append(ticket, moment.at, "ticket.updated", _changed(ticket))
    reply = replies[moment.kind, moment.source_id]
    is_comment = moment.kind is Kind.COMMENT
    name = "comment.added" if is_comment else "message.sent"
    if not reply.get("internal"):
        _update_waiting(ticket, moment.at, ticket.side_of(reply["user_id"]))
    return _append(ticket, moment.at, name, reply)


def _append(
    ticket: Ticket, at: datetime, name: str, payload: Mapping[str, Any]
) -> dict[str, Any]:
    stream = Stream.STAFF if payload.get("internal") else Stream.PUBLIC
    if stream is Stream.STAFF:
        ticket.last_staff_seq += 1
    else:
        ticket.last_seq += 1
        ticket.last_activity_at = at
    entry = {
        "ticket_id": ticket.id,
        "stream": stream,
        "seq": ticket.last_staff_seq if stream is Stream.STAFF else ticket.last_seq,
        "name": name,
        "actor_id": None if "changes" in payload else payload["user_id"],
        "payload": payload,
        "created_at": at,
    }
    logged = {**entry, "created_at": at.isoformat()}
    # The database is empty: there is no policy yet, and so no calendar.
    facts = facts_from(ticket, stream, logged, lambda ticket: ALWAYS_OPEN)
    for column, value in facts.items():
        setattr(ticket, column, value)
    return entry


def _update_waiting(ticket: Ticket, at: datetime, side: Side) -> None:
    """Set ``waiting_on`` and ``waiting_since`` as a reply of a side does."""
    if ticket.waiting_on is side:
        ticket.waiting_since = at
    ticket.waiting_on = side.other


def _opened(ticket: Ticket) -> dict[str, Any]:
    """Return a ticket as it was opened."""
    state = shared(TicketStateSchema).dump(ticket)
    if not _changes(ticket):
        return state
    return {
        **state,
        "status": Status.OPEN.value,
        "assigned_to": None,
        "assignee": None,
        "updated_at": state["created_at"],
    }


def _changed(ticket: Ticket) -> dict[str, Any]:
    return shared(TicketStateSchema).dump(ticket) | {"changes": _changes(ticket)}


def _changes(ticket: Ticket) -> dict[str, list[Any]]:
    """Return how a ticket differs from one that was just opened."""
    changes: dict[str, list[Any]] = {}
    if ticket.status is not Status.OPEN:
        changes["status"] = [Status.OPEN.value, ticket.status.value]
    if ticket.assigned_to is not None:
        changes["assigned_to"] = [None, ticket.assigned_to]
    return changes
