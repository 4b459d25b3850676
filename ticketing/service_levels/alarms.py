"""Emit ``sla.warning`` and ``sla.missed``, once for each target and cycle."""

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

MAX_TICKETS_PER_POLL = 200  # the rest waits for the next poll
BATCH_SIZE = 20  # tickets that are locked together

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
    .limit(MAX_TICKETS_PER_POLL)
)

_log = logging.getLogger(__name__)


def emit_due() -> None:
    """Emit the alarms that have become due, beginning with the tickets due longest.

    Several workers may call this concurrently: each locks the tickets, and then reads
    again what is due.
    """
    due = [ticket_id for (ticket_id,) in fetch_all(DUE, {"now": utcnow()})]
    for first in range(0, len(due), BATCH_SIZE):
        batch = due[first : first + BATCH_SIZE]
        if not _emit_or_log(batch):  # one ticket that fails must not hold up the others
            for ticket_id in batch:
                _emit_or_log([ticket_id])


@transaction()
def emit_due_of(ticket_ids: Collection[int]) -> None:
    """Emit the due alarms of tickets, unless another worker has emitted them meanwhile.

    A ticket whose policy has changed is left to the job that recounts it.
    """
    tickets = lock_tickets(Ticket.id.in_(ticket_ids))
    levels, now = read_levels(ticket_ids), utcnow()
    checked = {}
    for ticket in tickets:
        level = levels.get(ticket.id)
        chosen = choose(ticket.priority, ticket.category_id)
        is_current = level and chosen and chosen.key == level.version.key
        if level and (is_current or ticket.status in DONE):
            emit_crossed(ticket, level, now)
            checked[ticket.id] = level
    update_levels(checked)


def _emit_or_log(ticket_ids: Collection[int]) -> bool:
    """Return whether the due alarms were emitted; log an error if not."""
    try:
        emit_due_of(ticket_ids)
    except OUTAGES:
        raise
    except Exception:
        _log.exception("cannot emit the due alarms of tickets %s", ticket_ids)
        return False
    return True


def emit_crossed(ticket: Ticket, level: Level, until: datetime) -> None:
    """Emit the alarms of a locked ticket that are due by ``until``; note the time.

    An alarm that the log has for a cycle is not emitted again, also if the ticket was
    counted by another policy then.
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
    """Return when each alarm was last emitted, by event name and target."""
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
