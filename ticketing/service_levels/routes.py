"""Calendars and policies over HTTP."""

from typing import Any

from flask import request

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.auth import current_user
from ticketing.core.errors import TooManyError
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page
from ticketing.service_levels import calendars, policies, queries
from ticketing.service_levels.models import Calendar, Policy
from ticketing.service_levels.schemas import (
    CalendarAddSchema,
    CalendarEditSchema,
    CalendarSchema,
    CalendarsQuery,
    ExplanationSchema,
    PoliciesQuery,
    PolicyAddSchema,
    PolicyEditSchema,
    PolicySchema,
)
from ticketing.web.blueprint import Blueprint
from ticketing.web.schemas import Serialized

CALENDARS = "/calendars"
CALENDAR = f"{CALENDARS}/<id:calendar_id>"
POLICIES = "/sla-policies"
POLICY = f"{POLICIES}/<id:policy_id>"
ADMINS = policy.require_service_levels

bp = Blueprint("service_levels", __name__, description="How soon tickets are answered")


def _require_explanation(actor: Actor) -> None:
    queries.require_explanation(actor, **(request.view_args or {}))


@bp.get(CALENDARS, guard=ADMINS)
@bp.arguments(CalendarsQuery, location="query")
@bp.page(CalendarSchema)
def index_calendars(query: dict[str, Any]) -> Page[Serialized]:
    """List calendars, ordered by id."""
    return calendars.list_calendars(**query)


@bp.post(CALENDARS, guard=ADMINS, errors=[TooManyError])
@bp.arguments(CalendarAddSchema)
@bp.created(CalendarSchema, "/api/calendars/{0.id}")
def add_calendar(data: dict[str, Any]) -> Created[Calendar]:
    """Create a calendar; there may be 100."""
    return Created(calendars.add_calendar(current_user(), **data))


@bp.get(CALENDAR, guard=ADMINS)
@bp.response(200, CalendarSchema)
def show_calendar(calendar_id: int) -> Calendar:
    """Show a calendar."""
    return calendars.get_calendar(calendar_id)


@bp.patch(CALENDAR, guard=ADMINS)
@bp.arguments(CalendarEditSchema)
@bp.response(200, CalendarSchema)
def edit_calendar(data: dict[str, Any], calendar_id: int) -> Calendar:
    """Change a calendar.

    Open and in_progress tickets are recounted within a minute. No event is emitted for
    a warning or miss that lies in the past only because of the change.
    """
    return calendars.edit_calendar(current_user(), calendar_id, **data)


@bp.delete(CALENDAR, guard=ADMINS, errors=[calendars.CalendarInUseError])
@bp.response(204)
def delete_calendar(calendar_id: int) -> None:
    """Delete a calendar; one that an active policy names cannot be deleted."""
    calendars.delete_calendar(current_user(), calendar_id)


@bp.get(POLICIES, guard=ADMINS)
@bp.arguments(PoliciesQuery, location="query")
@bp.page(PolicySchema)
def index_policies(query: dict[str, Any]) -> Page[Serialized]:
    """List policies, ordered by position, then by id."""
    return policies.list_policies(**query)


@bp.post(POLICIES, guard=ADMINS, errors=[TooManyError])
@bp.arguments(PolicyAddSchema)
@bp.created(PolicySchema, "/api/sla-policies/{0.id}")
def add_policy(data: dict[str, Any]) -> Created[Policy]:
    """Create a policy; there may be 100."""
    return Created(policies.add_policy(current_user(), **data))


@bp.get(POLICY, guard=ADMINS)
@bp.response(200, PolicySchema)
def show_policy(policy_id: int) -> Policy:
    """Show a policy."""
    return policies.get_policy(policy_id)


@bp.patch(POLICY, guard=ADMINS)
@bp.arguments(PolicyEditSchema)
@bp.response(200, PolicySchema)
def edit_policy(data: dict[str, Any], policy_id: int) -> Policy:
    """Change a policy.

    Open and in_progress tickets are recounted within a minute. No event is emitted for
    a warning or miss that lies in the past only because of the change. Resolved and
    closed tickets keep the version that they had.
    """
    return policies.edit_policy(current_user(), policy_id, **data)


@bp.delete(POLICY, guard=ADMINS)
@bp.response(204)
def delete_policy(policy_id: int) -> None:
    """Delete a policy; to open and in_progress tickets the next that fits applies."""
    policies.delete_policy(current_user(), policy_id)


@bp.get("/tickets/<id:ticket_id>/sla", guard=_require_explanation)
@bp.response(200, ExplanationSchema)
def explain(ticket_id: int) -> Serialized:
    """Explain how the targets of a ticket were counted.

    Each target has its newest 500 intervals. Seconds are counted within the opening
    hours of the calendar, or around the clock if there is no calendar.
    """
    return queries.explain_ticket(current_user(), ticket_id)
