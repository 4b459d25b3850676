"""Emit warnings and misses, once for each target and cycle."""

import logging
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, func, select

from ticketing.core.database import utcnow
from ticketing.core.errors import OUTAGES
from ticketing.core.hot import fetch_all
from ticketing.core.transaction import publish, transaction
from ticketing.history.models import Entry, Stream
from ticketing.service_levels.choosing import choose
from ticketing.service_levels.clocks import Alarm
from ticketing.service_levels.counting import crossed
from ticketing.service_levels.events import SlaMissed, SlaWarning
from ticketing.service_levels.levels import Level, read_levels, update_levels
from ticketing.service_levels.measures import Crossing
from ticketing.service_levels.models import ServiceLevel
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.models import DONE, Ticket
from ticketing.web.fields import ISO

BATCH_SIZE = 200  # tickets, after which other polls go on
EMITTED_AT_ONCE = 20  # tickets that are locked together

TARGET = Entry.payload["target"].as_string()
EMITTED = (
    select(
        *(Entry.name, TARGET.label("target")),
        func.max(Entry.created_at).label("last"),
    )
    .where(
        Entry.ticket_id == bindparam("ticket_id", type_=Entry.ticket_id.type),
        *(Entry.stream == Stream.STAFF, Entry.name.in_(("sla.warning", "sla.missed"))),
    )
    .group_by(Entry.name, TARGET)
)
DUE = (
    select(ServiceLevel.ticket_id)
    .where(ServiceLevel.next_at <= bindparam("now", type_=ServiceLevel.next_at.type))
    .order_by(ServiceLevel.next_at)
    .limit(BATCH_SIZE)
)

_log = logging.getLogger(__name__)


def emit_due() -> None:
    """Emit what has become due, of the tickets that have waited for longest.

    Several workers may do so at once: each locks tickets, and then looks again.
    """
    due = [ticket_id for (ticket_id,) in fetch_all(DUE, {"now": utcnow()})]
    for first in range(0, len(due), EMITTED_AT_ONCE):
        some = due[first : first + EMITTED_AT_ONCE]
        if not _emit_due_of(some):  # the others are not to wait for one that fails
            for ticket_id in some:
                _emit_due_of([ticket_id])


@transaction()
def emit_due_of(ticket_ids: Collection[int]) -> None:
    """Emit what has become due of tickets, if nobody else has meanwhile.

    If the policy of one has changed, the job that follows the change does it.
    """
    tickets = lock_tickets(Ticket.id.in_(ticket_ids))
    levels, now = read_levels(ticket_ids), utcnow()
    checked = {}
    for ticket in tickets:
        level = levels.get(ticket.id)
        chosen = choose(ticket.priority, ticket.category_id)
        is_present = level and chosen and chosen.key == level.version.key
        if level and (is_present or ticket.status in DONE):
            emit_crossed(ticket, level, now)
            checked[ticket.id] = level
    update_levels(checked)


def _emit_due_of(ticket_ids: Collection[int]) -> bool:
    try:
        emit_due_of(ticket_ids)
    except OUTAGES:
        raise
    except Exception:
        _log.exception("cannot emit what is due of tickets %s", ticket_ids)
        return False
    return True


def emit_crossed(ticket: Ticket, level: Level, until: datetime) -> None:
    """Emit what has become due of a locked ticket; note that in its level.

    What has been emitted of a cycle is not emitted again, whatever it is counted by.
    """
    if until <= level.checked_until:
        return
    due = crossed(level.version, level.clocks, level.checked_until, until)
    emitted = _emitted(ticket) if due else {}
    for crossing in due:
        event = _event(ticket, level.version.policy_id, crossing)
        last = emitted.get((event.name, crossing.target))
        if last is None or last < crossing.started_at:
            publish(event)
    level.checked_until = until


def _emitted(ticket: Ticket) -> dict[tuple[str, str], datetime]:
    """Return when each kind of event was last emitted of each target of a ticket."""
    rows = fetch_all(EMITTED, {"ticket_id": ticket.id})
    return {(row.name, row.target): row.last for row in rows}


def _event(
    ticket: Ticket, policy_id: int, crossing: Crossing
) -> SlaWarning | SlaMissed:
    kind = SlaWarning if crossing.alarm is Alarm.WARNING else SlaMissed
    payload = {
        "target": crossing.target.value,
        "due_at": crossing.due_at and ISO(crossing.due_at),
        "policy_id": policy_id,
    }
    return kind(ticket.id, None, payload, internal=True)
