"""Use cases of calendars."""

from typing import Any

from sqlalchemy import func, select

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.database import db
from ticketing.core.errors import ConflictError, NotFoundError, TooManyError
from ticketing.core.pages import Feed, Order, Page
from ticketing.core.text import t, tn
from ticketing.core.transaction import publish, transaction
from ticketing.service_levels.events import PoliciesChanged
from ticketing.service_levels.models import Calendar
from ticketing.service_levels.schemas import CalendarSchema
from ticketing.service_levels.versions import (
    begin_version,
    lock_configuration,
    policies_with,
)
from ticketing.web.schemas import Serialized
from ticketing.web.serializer import RowSerializer

MAX_CALENDARS = 100

CALENDARS = RowSerializer(CalendarSchema, Calendar)
BY_ID = Feed(
    select(*CALENDARS.columns),
    Order("id", Calendar.id, Calendar.id),
    CALENDARS.serialize,
)


class CalendarInUseError(ConflictError):
    """The calendar cannot be deleted: an active policy uses it."""

    code = "calendar_in_use"


def list_calendars(**page: Any) -> Page[Serialized]:
    """Return a page of calendars, ordered by id."""
    return BY_ID.page(**page)


def get_calendar(calendar_id: int) -> Calendar:
    """Return a calendar.

    :raises NotFoundError: there is no such calendar.
    """
    calendar = db.session.get(Calendar, calendar_id)
    if calendar is None:
        raise NotFoundError(t("There is no such calendar."))
    return calendar


@transaction()
def add_calendar(actor: Actor, **fields: Any) -> Calendar:
    """Create a calendar.

    :param fields: as in a ``CalendarAddSchema``.
    :raises ForbiddenError: ``actor`` may not manage service levels.
    :raises TooManyError: there are ``MAX_CALENDARS``.
    """
    policy.require_service_levels(actor)
    lock_configuration()
    if db.session.scalars(select(func.count(Calendar.id))).one() >= MAX_CALENDARS:
        too_many = t("There are {limit} calendars already; delete one first.")
        raise TooManyError(too_many.format(limit=MAX_CALENDARS))
    calendar = Calendar(**fields)
    db.session.add(calendar)
    db.session.flush()
    return calendar


@transaction()
def edit_calendar(actor: Actor, calendar_id: int, **changes: Any) -> Calendar:
    """Change a calendar, and begin a new version of the policies that name it.

    :param changes: as in a ``CalendarEditSchema``.
    :raises ForbiddenError: ``actor`` may not manage service levels.
    :raises NotFoundError: there is no such calendar.
    """
    calendar = _lock_calendar(actor, calendar_id)
    changed = {k: v for k, v in changes.items() if getattr(calendar, k) != v}
    if not changed:
        return calendar
    for name, value in changed.items():
        setattr(calendar, name, value)
    calendar.version += 1
    db.session.flush()
    naming = policies_with(calendar.id)
    for named in naming:
        begin_version(named)
    if naming:
        publish(PoliciesChanged())
    return calendar


@transaction()
def delete_calendar(actor: Actor, calendar_id: int) -> None:
    """Delete a calendar; inactive policies that named it have no calendar afterwards.

    :raises ForbiddenError: ``actor`` may not manage service levels.
    :raises NotFoundError: there is no such calendar.
    :raises CalendarInUseError: an active policy names it.
    """
    calendar = _lock_calendar(actor, calendar_id)
    naming = policies_with(calendar.id)
    count = sum(named.active for named in naming)
    if count:
        raise CalendarInUseError(
            tn(
                "{count} active policy counts by this calendar; change it first.",
                "{count} active policies count by this calendar; change them first.",
                count=count,
            )
        )
    for named in naming:
        named.calendar_id = None
        begin_version(named)
    db.session.delete(calendar)


def _lock_calendar(actor: Actor, calendar_id: int) -> Calendar:
    policy.require_service_levels(actor)
    lock_configuration()
    return get_calendar(calendar_id)
