"""Emit warnings and misses, once for each target and cycle."""

import logging
from datetime import datetime

from sqlalchemy import bindparam, select

from ticketing.core.database import utcnow
from ticketing.core.errors import OUTAGES
from ticketing.core.hot import fetch_all
from ticketing.core.transaction import publish, transaction
from ticketing.service_levels.clocks import Alarm, Crossing
from ticketing.service_levels.counting import crossed
from ticketing.service_levels.events import SlaMissed, SlaWarning
from ticketing.service_levels.levels import Level, read_levels, update_levels
from ticketing.service_levels.models import ServiceLevel
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.models import Ticket
from ticketing.web.fields import ISO

BATCH_SIZE = 200  # tickets, after which other polls go on

DUE = (
    select(ServiceLevel.ticket_id)
    .where(ServiceLevel.next_at <= bindparam("now", type_=ServiceLevel.next_at.type))
    .order_by(ServiceLevel.next_at)
    .limit(BATCH_SIZE)
)

_log = logging.getLogger(__name__)


def emit_due() -> None:
    """Emit what has become due, of the tickets that have waited for longest.

    Several workers may do so at once: each locks a ticket, and then looks again.
    """
    for (ticket_id,) in fetch_all(DUE, {"now": utcnow()}):
        try:
            emit_due_of(ticket_id)
        except OUTAGES:
            raise
        except Exception:  # the others are not to wait for this one
            _log.exception("cannot emit what is due of ticket %d", ticket_id)


@transaction()
def emit_due_of(ticket_id: int) -> None:
    """Emit what has become due of a ticket, if nobody else has meanwhile."""
    tickets = lock_tickets(Ticket.id == ticket_id)
    levels = read_levels([ticket_id])
    if tickets and levels:
        [ticket], [level] = tickets, levels.values()
        emit_crossed(ticket, level, utcnow())
        update_levels(levels)


def emit_crossed(ticket: Ticket, level: Level, until: datetime) -> None:
    """Emit what has become due of a locked ticket; note that in its level."""
    if until <= level.checked_until:
        return
    due = crossed(level.version, level.clocks, level.checked_until, until)
    for crossing in due:
        publish(_event(ticket, level.version.policy_id, crossing))
    level.checked_until = until


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
