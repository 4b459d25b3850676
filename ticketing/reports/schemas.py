"""Schemas of reports."""

import enum
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError, fields, post_load

from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.categories.schemas import CategorySchema
from ticketing.core.text import t
from ticketing.reports.periods import Period
from ticketing.tickets.models import Priority
from ticketing.tickets.schemas import Assignee
from ticketing.web.fields import Choice, Choices, Day, Id, TimeZone
from ticketing.web.schemas import QuerySchema, ResponseSchema

MAX_DAYS = 366
DEFAULT_DAYS = 30


class GroupedBy(enum.StrEnum):
    """The group that each row of a report is about."""

    DAY = "day"
    CATEGORY = "category"
    PRIORITY = "priority"
    ASSIGNEE = "assignee"


class ReportFormat(enum.StrEnum):
    """The format of a report; CSV has the rows without the totals."""

    JSON = "json"
    CSV = "csv"


class PeriodQuery(QuerySchema):
    """The days from ``from`` to ``to``, both included, in a time zone: at most 366.

    Without ``to``, until today; without ``from``, 30 days.
    """

    # The name of a variable cannot be ``from``.
    first = Day(data_key="from")
    last = Day(data_key="to")
    time_zone = TimeZone(load_default=lambda: ZoneInfo("UTC"))

    @post_load
    def _make_period(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        zone = data.pop("time_zone")
        last = data.pop("last", None) or datetime.now(zone).date()
        first = data.pop("first", None) or last - timedelta(days=DEFAULT_DAYS - 1)
        if last < first:
            too_early = t("Must not be before the first day, {first}.", first=first)
            raise ValidationError({"to": [too_early]})
        if (last - first).days >= MAX_DAYS:
            too_many = t("A report has {count} days at most.", count=MAX_DAYS)
            raise ValidationError({"to": [too_many]})
        return {**data, "period": Period(first, last, zone)}


class TicketsReportQuery(PeriodQuery):
    """The days of a report, the tickets it counts, and how they are grouped."""

    by = Choice(GroupedBy, load_default=GroupedBy.DAY)
    category_id = Id()
    priority = Choices(Priority)
    assigned_to = Assignee(metadata={"description": "The id of an admin, me or none"})
    format = Choice(ReportFormat, load_default=ReportFormat.JSON)


class DurationSchema(ResponseSchema):
    """Durations in whole seconds, by nearest rank; null if there are none.

    A tenth of them are longer than ``p90``.
    """

    median = fields.Integer(allow_none=True)
    p90 = fields.Integer(allow_none=True)
    count = fields.Integer()


class AverageRatingSchema(ResponseSchema):
    """The average score, null if there are no ratings, and their number."""

    average = fields.Float(allow_none=True)
    count = fields.Integer()


class TargetsMetSchema(ResponseSchema):
    """Tickets of which a target was ``missed``, and others of which one was ``met``."""

    met = fields.Integer()
    missed = fields.Integer()


class FiguresSchema(ResponseSchema):
    """The figures of a group of tickets, for the days of a report or for one of them.

    Resolved means resolved or closed. ``opened``, ``first_response_seconds`` and
    ``sla`` are of the tickets opened in these days; ``resolved`` and
    ``resolution_seconds`` of those last resolved in them, and not reopened since;
    ``reopened`` of those last reopened in them; ``rating`` of the ratings given in
    them. ``backlog`` is the number of tickets opened before the end, less those
    resolved before it. Durations begin when a ticket is opened, and are counted by the
    calendar of its policy, if there is one. A ticket that support has not answered has
    no first response.
    """

    opened = fields.Integer()
    resolved = fields.Integer()
    reopened = fields.Integer()
    backlog = fields.Integer()
    first_response_seconds = fields.Nested(DurationSchema)
    resolution_seconds = fields.Nested(DurationSchema)
    sla = fields.Nested(TargetsMetSchema)
    rating = fields.Nested(AverageRatingSchema)


class FiguresOfGroupSchema(FiguresSchema):
    """The figures of a date, a category, a priority or an assignee.

    If ``assignee`` is null, the figures are of the tickets that nobody is assigned to.
    """

    optional = frozenset({"date", "category", "priority", "assignee"})

    date = fields.Date()
    category = fields.Nested(CategorySchema)
    priority = fields.Enum(Priority, by_value=True)
    assignee = fields.Nested(PublicProfileSchema, allow_none=True)


class TicketsReportSchema(ResponseSchema):
    """A report on tickets; groups and filters go by the present values of tickets.

    By day, ``data`` has each date. Otherwise, it has the groups that have anything to
    count, categories and assignees ordered by name. ``next`` is always null.
    """

    first = fields.Date(data_key="from", attribute="period.first")
    last = fields.Date(data_key="to", attribute="period.last")
    time_zone = fields.String(attribute="period.zone.key")
    totals = fields.Nested(FiguresSchema)
    data = fields.List(fields.Nested(FiguresOfGroupSchema))
    next = fields.String(allow_none=True)
