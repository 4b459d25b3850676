"""The filter of tickets by the states of their targets, set by ``service_levels``.

States that change with time alone are not stored: times are compared with the present.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, true

from ticketing.core.counts import MAX_COUNT, count_each
from ticketing.core.database import utcnow
from ticketing.tickets.models import Ticket
from ticketing.tickets.schemas import SlaFilter

Compare = Callable[[Any, ColumnElement[Any]], ColumnElement[bool]]

# States that follow from a column with a time, and its comparison with the present.
TIMES: dict[str, tuple[Any, Compare]] = {
    SlaFilter.RUNNING: (Ticket.sla_runs_until, lambda at, now: at > now),
    SlaFilter.MISSED: (Ticket.sla_misses_at, lambda at, now: at <= now),
    SlaFilter.OVERDUE: (Ticket.due_at, lambda at, now: at <= now),
}
# States that change only with an entry. An index has their tickets ordered by opening.
FLAGS: dict[str, Any] = {
    SlaFilter.PAUSED: Ticket.sla_paused,
    SlaFilter.MET: Ticket.sla_met,
}


def has_state(state: str, now: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the criterion on ``Ticket`` of a state, which can use an index."""
    if state in FLAGS:
        return FLAGS[state] == true()
    column, compare = TIMES[state]
    return compare(column, now)


def has_common_state(state: str, now: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the same criterion in a form for states that many tickets have.

    It makes the database read tickets in the order of the list, and examine each,
    instead of sorting all that match.
    """
    column, compare = TIMES[state]
    return compare(func.coalesce(column, column), now)


def is_common(state: str) -> bool:
    """Return whether ``MAX_COUNT`` tickets or more have a state that has a time."""
    if state in FLAGS:
        return False
    matching = select(Ticket.id).where(has_state(state, literal(utcnow())))
    return count_each([matching]) == [MAX_COUNT]
