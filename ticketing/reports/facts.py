"""Compute the facts that reports count; they follow from the log of a ticket."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ticketing.history.models import REPLY_EVENTS, Stream
from ticketing.service_levels.opening import OpeningHours
from ticketing.tickets.models import DONE, Ticket

HoursOf = Callable[[Ticket], OpeningHours]

SECOND = timedelta(seconds=1)


def facts_from(
    ticket: Ticket, stream: Stream, entry: Mapping[str, Any], hours_of: HoursOf
) -> dict[str, Any]:
    """Return the facts that the next entry of a ticket's log changes, by column.

    :param entry: as ``EntrySchema`` dumps it.
    :param hours_of: returns the opening hours by which a ticket is counted.
    """
    if stream is not Stream.PUBLIC:
        return {}
    if entry["name"] in REPLY_EVENTS:
        return _from_reply(ticket, entry, hours_of)
    if entry["name"] == "ticket.updated":
        return _from_update(ticket, entry, hours_of)
    return {}


def seconds_until(
    then: datetime | None, opened_at: datetime, hours: OpeningHours
) -> int | None:
    """Return the whole seconds of opening hours between two instants."""
    return None if then is None else hours.open_time(opened_at, then) // SECOND


def _from_reply(
    ticket: Ticket, entry: Mapping[str, Any], hours_of: HoursOf
) -> dict[str, Any]:
    by_customer = entry["actor_id"] == ticket.user_id
    if by_customer or ticket.first_response_seconds is not None:
        return {}
    now, hours = _time_of(entry), hours_of(ticket)
    return {"first_response_seconds": seconds_until(now, ticket.created_at, hours)}


def _from_update(
    ticket: Ticket, entry: Mapping[str, Any], hours_of: HoursOf
) -> dict[str, Any]:
    old, new = entry["payload"]["changes"].get("status", (None, None))
    if (old in DONE) == (new in DONE):
        return {}
    now = _time_of(entry)
    if new in DONE:
        seconds = seconds_until(now, ticket.created_at, hours_of(ticket))
        return {"resolved_at": now, "resolution_seconds": seconds}
    return {"resolved_at": None, "resolution_seconds": None, "reopened_at": now}


def _time_of(entry: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["created_at"])
