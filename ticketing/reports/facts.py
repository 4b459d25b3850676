"""Facts of a ticket that follow from its log, kept in the ticket for reports."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ticketing.history.models import Stream
from ticketing.tickets.models import Status, Ticket

ANSWERS = ("message.sent", "comment.added")
DONE = (Status.RESOLVED, Status.CLOSED)
SECOND = timedelta(seconds=1)


def facts_from(
    ticket: Ticket, stream: Stream, entry: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the facts that the next entry of a ticket's log changes, by column.

    :param entry: as ``EntrySchema`` dumps it.
    """
    if stream is not Stream.PUBLIC:
        return {}
    if entry["name"] in ANSWERS:
        return _from_reply(ticket, entry)
    if entry["name"] == "ticket.updated":
        return _from_update(ticket, entry)
    return {}


def _from_reply(ticket: Ticket, entry: Mapping[str, Any]) -> dict[str, Any]:
    by_customer = entry["actor_id"] == ticket.user_id
    if by_customer or ticket.first_response_seconds is not None:
        return {}
    return {"first_response_seconds": _seconds_until(_time_of(entry), ticket)}


def _from_update(ticket: Ticket, entry: Mapping[str, Any]) -> dict[str, Any]:
    old, new = entry["payload"]["changes"].get("status", (None, None))
    if (old in DONE) == (new in DONE):
        return {}
    now = _time_of(entry)
    if new in DONE:
        seconds = _seconds_until(now, ticket)
        return {"resolved_at": now, "resolution_seconds": seconds}
    return {"resolved_at": None, "resolution_seconds": None, "reopened_at": now}


def _time_of(entry: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["created_at"])


def _seconds_until(then: datetime, ticket: Ticket) -> int:
    return (then - ticket.created_at) // SECOND
