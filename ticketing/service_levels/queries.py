"""Query the targets of tickets: the field ``sla``, and the explanation."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, select

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.database import db, utcnow
from ticketing.service_levels.clocks import Target
from ticketing.service_levels.counting import read_sla
from ticketing.service_levels.explanations import Explanation, Interval, explain
from ticketing.service_levels.levels import read_levels
from ticketing.service_levels.models import PolicyVersion, ServiceLevel
from ticketing.service_levels.moments import read_moments
from ticketing.service_levels.opening import ALWAYS_OPEN, OpeningHours
from ticketing.service_levels.versions import Version, goals_of
from ticketing.tickets.access import find_ticket
from ticketing.tickets.models import Ticket
from ticketing.web.fields import ISO
from ticketing.web.schemas import Serialized
from ticketing.web.serializer import Computed


def require_explanation(actor: Actor, ticket_id: int) -> None:
    """Check that ``actor`` may see the targets of a ticket, before reading the request.

    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: ``actor`` sees it, and may not see targets.
    """
    if not policy.may_see_service_levels(actor):
        find_ticket(actor, ticket_id)
        policy.require_service_levels(actor)


def targets_on_ticket(viewer_id: ColumnElement[int]) -> Computed:
    """Return the field ``sla`` of a ticket."""
    stored = (
        select(ServiceLevel.shown)
        .where(ServiceLevel.ticket_id == Ticket.id)
        .correlate(Ticket)
        .scalar_subquery()
    )
    # The row is looked up only for tickets that have a policy.
    found = case((Ticket.sla_policy_id.is_not(None), stored), else_="")
    return Computed(_read, [found])


def explain_ticket(actor: Actor, ticket_id: int) -> Serialized:
    """Return the explanation of a ticket's targets, as ``ExplanationSchema``.

    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: ``actor`` may not see targets.
    """
    policy.require_service_levels(actor)
    ticket = find_ticket(actor, ticket_id)
    level = read_levels([ticket.id]).get(ticket.id)
    if level is None:
        return Serialized(policy=None, **{target.value: None for target in Target})
    moments = read_moments([ticket.id])[ticket.id]
    goals, clocks = level.version.goals, level.clocks
    explained = explain(goals, clocks, ticket.created_at, moments, utcnow())
    found = {target.value: explained.get(target) for target in Target}
    targets = {name: each and _serialize(each) for name, each in found.items()}
    return Serialized(policy=policy_of(level.version), **targets)


def policy_of(version: Version) -> dict[str, Any]:
    """Return a version as ``TargetPolicySchema`` describes it."""
    policy_id, number = version.key
    return {"id": policy_id, "name": version.name, "version": number}


def opening_hours_of(ticket: Ticket) -> OpeningHours:
    """Return the opening hours of a ticket's policy; without one, all hours."""
    if ticket.sla_policy_id is None:
        return ALWAYS_OPEN
    content = db.session.scalar(select(content_of(ticket.id)))
    return goals_of(content).opening_hours if content else ALWAYS_OPEN


def content_of(ticket_id: Any) -> ColumnElement[str]:
    """Return the SQL expression for the content of a ticket's version, or NULL."""
    return (
        select(PolicyVersion.content)
        .join(
            ServiceLevel,
            (ServiceLevel.policy_id == PolicyVersion.policy_id)
            & (ServiceLevel.policy_version == PolicyVersion.version),
        )
        .where(ServiceLevel.ticket_id == ticket_id)
        .correlate(Ticket)
        .scalar_subquery()
    )


def _read(values: Sequence[Any]) -> dict[str, Any] | None:
    return read_sla(values[0], utcnow()) if values[0] else None


def _serialize(explanation: Explanation) -> dict[str, Any]:
    """Serialize as ``ExplainedTargetSchema`` does; marshmallow would take 5 ms."""
    measure = explanation.measure
    return {
        "goal_seconds": int(measure.goal.total_seconds()),
        "counted_seconds": measure.counted.total_seconds(),
        "state": measure.state.value,
        "due_at": measure.due_at and ISO(measure.due_at),
        "done_at": measure.done_at and ISO(measure.done_at),
        "intervals": [_interval(each) for each in explanation.intervals],
        **({"more": True} if explanation.more else {}),
    }


def _interval(interval: Interval) -> dict[str, Any]:
    return {
        "from": ISO(interval.start),
        "to": interval.end and ISO(interval.end),
        "state": interval.counts.value,
        "seconds": interval.length.total_seconds(),
        "why": interval.why.value,
    }
