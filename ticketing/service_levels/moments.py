"""Read the moments of tickets from one entry of a log, or from whole logs."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, case, func, select

from ticketing.core.hot import fetch_all
from ticketing.history.models import REPLY_EVENTS, Entry, Stream
from ticketing.service_levels.clocks import Happened, Moment
from ticketing.tickets.models import DONE, Side, Ticket

UPDATED, DELETED = "ticket.updated", "comment.deleted"
REPLIED = {
    Side.CUSTOMER: Happened.CUSTOMER_REPLIED,
    Side.SUPPORT: Happened.SUPPORT_REPLIED,
}
WAITING_ON = {
    Side.CUSTOMER: Happened.WAITING_ON_CUSTOMER,
    Side.SUPPORT: Happened.WAITING_ON_SUPPORT,
}


def moments_of_entry(ticket: Ticket, entry: Mapping[str, Any]) -> list[Moment]:
    """Return the moments in the newest entry of a ticket's public stream.

    :param entry: as ``EntrySchema`` dumps it.
    """
    name, at = entry["name"], datetime.fromisoformat(entry["created_at"])
    if name in REPLY_EVENTS:
        by_customer = entry["actor_id"] == ticket.user_id
        return [Moment(at, REPLIED[Side.CUSTOMER if by_customer else Side.SUPPORT])]
    if name == DELETED:
        return [Moment(at, WAITING_ON[ticket.waiting_on])]
    if name == UPDATED:
        old, new = entry["payload"]["changes"].get("status", ("", ""))
        return [*_moments_of_update(at, old, new, ticket.waiting_on)]
    return []


def read_moments(ticket_ids: Collection[int]) -> dict[int, list[Moment]]:
    """Return the moments of each ticket from its log, in order."""
    logs: defaultdict[int, list[Any]] = defaultdict(list)
    for row in fetch_all(_LOG, {"ticket_ids": [*ticket_ids]}):
        logs[row[0]].append(row)
    return {ticket_id: [*_moments_in(logs[ticket_id])] for ticket_id in ticket_ids}


def _moments_of_update(
    at: datetime, old: str, new: str, waiting_on: str
) -> Iterator[Moment]:
    was_done, is_done = old in DONE, new in DONE
    if is_done and not was_done:
        yield Moment(at, Happened.RESOLVED)
    if was_done and not is_done:
        # A reply that reopens has changed ``waiting_on`` before.
        yield Moment(at, WAITING_ON[Side(waiting_on)])
        yield Moment(at, Happened.REOPENED)


def _moments_in(log: Sequence[Sequence[Any]]) -> Iterator[Moment]:
    """Yield the moments in the rows of a log; see ``_LOG``.

    After the deletion of a reply, the ticket waits on the side that did not write the
    last of the remaining replies.
    """
    left: dict[Any, str] = {}
    for place, (_, at, what, detail) in enumerate(log):
        if what in REPLIED:
            left[detail or place] = what
            yield Moment(at, REPLIED[what])
        elif what == DELETED:
            left.pop(detail, None)
            last = next(reversed(left.values()), Side.CUSTOMER)
            yield Moment(at, WAITING_ON[Side(last).other])
        else:
            yield from _moments_of_update(at, *detail.split(","))


def _of_update(*path: str | int) -> Any:
    return func.coalesce(Entry.payload[path].as_string(), "", type_=String)


# There may be thousands of rows, so they have few columns. The third is the side that
# wrote a reply, or else the name of the entry. The fourth is the id of a comment, or of
# an update its old and new status and ``waiting_on``; other payloads are not parsed.
_BY = case(
    (Entry.actor_id == Ticket.user_id, Side.CUSTOMER.value), else_=Side.SUPPORT.value
)
_STATUS = _of_update("changes", "status", 0) + "," + _of_update("changes", "status", 1)
_UPDATE = _STATUS + "," + _of_update("waiting_on")
_LOG = (
    select(
        *(Entry.ticket_id, Entry.created_at),
        case((Entry.name.in_(REPLY_EVENTS), _BY), else_=Entry.name),
        case(
            (Entry.name == UPDATED, _UPDATE),
            (Entry.name != "message.sent", Entry.payload["id"].as_string()),
        ),
    )
    .join(Ticket, Ticket.id == Entry.ticket_id)
    .where(
        Entry.ticket_id.in_(bindparam("ticket_ids", expanding=True)),
        Entry.stream == Stream.PUBLIC,
        Entry.name.in_((*REPLY_EVENTS, UPDATED, DELETED)),
    )
    .order_by(Entry.ticket_id, Entry.seq)
)
