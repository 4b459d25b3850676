"""What happened to tickets, as far as their clocks go: one entry, or the whole log."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import SQLColumnExpression, bindparam, case, or_, select

from ticketing.core.hot import fetch_all
from ticketing.history.models import Entry, Stream
from ticketing.service_levels.clocks import Happened, Moment
from ticketing.tickets.models import Side, Status, Ticket

REPLIES = ("message.sent", "comment.added")
UPDATED, DELETED = "ticket.updated", "comment.deleted"
DONE = (Status.RESOLVED, Status.CLOSED)
REPLIED = {
    Side.CUSTOMER: Happened.CUSTOMER_REPLIED,
    Side.SUPPORT: Happened.SUPPORT_REPLIED,
}
WAITING_ON = {
    Side.CUSTOMER: Happened.WAITING_ON_CUSTOMER,
    Side.SUPPORT: Happened.WAITING_ON_SUPPORT,
}


class Said(NamedTuple):
    """What an entry of a public stream says.

    :ivar by: the side of whoever wrote it.
    :ivar waiting_on: the side that is waited for after it.
    """

    name: str
    at: datetime
    by: Side
    old_status: str | None
    new_status: str | None
    waiting_on: Side | None


def moments_of_entry(ticket: Ticket, entry: Mapping[str, Any]) -> list[Moment]:
    """Return what the newest entry of a ticket's public stream says happened.

    :param entry: as ``EntrySchema`` dumps it.
    """
    changes = entry["payload"].get("changes", {})
    old, new = changes.get("status", (None, None))
    side = _side(entry["actor_id"], ticket.user_id)
    at = datetime.fromisoformat(entry["created_at"])
    return [*_moments(Said(entry["name"], at, side, old, new, ticket.waiting_on))]


def read_moments(ticket_ids: Collection[int]) -> dict[int, list[Moment]]:
    """Return what the logs of tickets say happened to each, in order."""
    rows: defaultdict[int, list[Any]] = defaultdict(list)
    for row in fetch_all(_LOG, {"ticket_ids": [*ticket_ids]}):
        rows[row.ticket_id].append(row)
    return {
        ticket_id: [m for said in _said(rows[ticket_id]) for m in _moments(said)]
        for ticket_id in ticket_ids
    }


def _moments(said: Said) -> Iterator[Moment]:
    if said.name in REPLIES:
        yield Moment(said.at, REPLIED[said.by])
    elif said.name == DELETED and said.waiting_on:
        yield Moment(said.at, WAITING_ON[said.waiting_on])
    elif said.name == UPDATED:
        was_done, is_done = said.old_status in DONE, said.new_status in DONE
        if is_done and not was_done:
            yield Moment(said.at, Happened.RESOLVED)
        elif was_done and not is_done:
            if said.waiting_on:  # a reply that reopens has moved it before
                yield Moment(said.at, WAITING_ON[said.waiting_on])
            yield Moment(said.at, Happened.REOPENED)


def _said(log: Iterable[Any]) -> Iterator[Said]:
    """Return what the entries of one ticket say.

    After a deletion, the side is waited for that has not written the last of the
    replies that are left, or support.
    """
    left: dict[tuple[str, int], Side] = {}
    for number, row in enumerate(log):
        side, waiting_on = _side(row.actor_id, row.user_id), row.waiting_on
        if row.name in REPLIES:
            left[row.name, row.comment_id or -number] = side
        elif row.name == DELETED:
            left.pop(("comment.added", row.comment_id), None)
            last = next(reversed(left.values()), Side.CUSTOMER)
            waiting_on = last.other
        yield Said(
            *(row.name, row.created_at, side, row.old, row.new),
            waiting_on and Side(waiting_on),
        )


def _side(actor_id: int | None, customer_id: int) -> Side:
    return Side.CUSTOMER if actor_id == customer_id else Side.SUPPORT


def _of_updates(*path: str | int) -> SQLColumnExpression[Any]:
    """Return a text in the payloads of updates; others are not parsed."""
    return case((Entry.name == UPDATED, Entry.payload[path].as_string()))


_OF_COMMENTS = or_(Entry.name == "comment.added", Entry.name == DELETED)
_LOG = (
    select(
        *(Entry.ticket_id, Entry.name, Entry.actor_id, Entry.created_at),
        Ticket.user_id,
        _of_updates("changes", "status", 0).label("old"),
        _of_updates("changes", "status", 1).label("new"),
        _of_updates("waiting_on").label("waiting_on"),
        case((_OF_COMMENTS, Entry.payload["id"].as_integer())).label("comment_id"),
    )
    .join(Ticket, Ticket.id == Entry.ticket_id)
    .where(
        Entry.ticket_id.in_(bindparam("ticket_ids", expanding=True)),
        Entry.stream == Stream.PUBLIC,
        Entry.name.in_((*REPLIES, UPDATED, DELETED)),
    )
    .order_by(Entry.ticket_id, Entry.seq)
)
