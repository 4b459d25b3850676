"""Report on tickets, and update the facts that reports count."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from ticketing.accounts.models import Actor, User
from ticketing.categories.models import Category
from ticketing.core.database import db
from ticketing.core.hot import update_row
from ticketing.history.events import StreamGrew
from ticketing.history.models import REPLY_EVENTS
from ticketing.reports.facts import facts_from, seconds_until
from ticketing.reports.figures import Figures
from ticketing.reports.periods import Period
from ticketing.reports.queries import Scope, count_at
from ticketing.reports.schemas import GroupedBy
from ticketing.service_levels.events import TicketRecounted
from ticketing.service_levels.queries import opening_hours_of
from ticketing.tickets.models import RANKED, Ticket
from ticketing.tickets.queries import criteria_of

GROUPS = {
    GroupedBy.DAY: None,
    GroupedBy.CATEGORY: Ticket.category_id,
    GroupedBy.PRIORITY: Ticket.priority,
    GroupedBy.ASSIGNEE: Ticket.assigned_to,
}
FIELDS = {GroupedBy.DAY: "date"}  # the others have the name of their group


def update_facts(grew: StreamGrew) -> None:
    """Update the facts of a ticket whose log has a new entry."""
    ticket = db.session.get_one(Ticket, grew.ticket_id)  # locked, so in the session
    facts = facts_from(ticket, grew.stream, grew.entry, opening_hours_of)
    if facts and grew.entry["name"] in REPLY_EVENTS:
        update_row(ticket, **facts)  # without a flush, as the reply
        return
    for name, value in facts.items():
        setattr(ticket, name, value)


def recompute_durations(recounted: TicketRecounted) -> None:
    """Recompute the durations of a ticket that is counted in other hours now."""
    ticket = db.session.get_one(Ticket, recounted.ticket_id)  # locked, all columns
    opened_at, hours = ticket.created_at, opening_hours_of(ticket)
    answered_at, resolved_at = recounted.answered_at, ticket.resolved_at
    update_row(
        ticket,
        first_response_seconds=seconds_until(answered_at, opened_at, hours),
        resolution_seconds=seconds_until(resolved_at, opened_at, hours),
    )


def report_tickets(
    actor: Actor, period: Period, by: GroupedBy, **filters: Any
) -> dict[str, Any]:
    """Return a report as ``TicketsReportSchema`` describes it.

    :param filters: ``category_id``, ``priority`` and ``assigned_to``, as in a
        ``TicketsReportQuery``.
    """
    criteria = tuple(criteria_of(actor, filters))
    figures = Figures(Scope(period.borders, GROUPS[by], criteria))
    field = FIELDS.get(by, by.value)
    named = _name_groups(by, period, figures.groups)
    data = [{field: name, **figures.of(group)} for group, name in named.items()]
    totals = figures.in_total()
    return {"period": period, "totals": totals, "data": data, "next": None}


def count_by_day(period: Period) -> tuple[list[int], list[int]]:
    """Return how many tickets were opened, and how many resolved, on each day."""
    scope = Scope(period.borders, None, ())
    opened, resolved = (
        count_at(scope, moment) for moment in (Ticket.created_at, Ticket.resolved_at)
    )
    days = range(len(period.days))
    return [opened.get(day, 0) for day in days], [resolved.get(day, 0) for day in days]


def _name_groups(
    by: GroupedBy, period: Period, groups: set[Any]
) -> Mapping[Any, Any]:
    """Return the groups of the rows of a report, in order, each with its field."""
    if by is GroupedBy.DAY:
        return dict(enumerate(period.days))
    if by is GroupedBy.PRIORITY:
        return {priority: priority for priority in RANKED if priority in groups}
    model: Any = Category if by is GroupedBy.CATEGORY else User
    found = select(model).where(model.id.in_(groups - {None}))
    named = sorted(db.session.scalars(found), key=lambda one: (one.name, one.id))
    unassigned = {None: None} if None in groups else {}
    return {one.id: one for one in named} | unassigned
