"""Schemas of calendars, policies, and how targets were counted."""

from typing import Any

from marshmallow import fields, validate

from ticketing.service_levels.clocks import Target, Why
from ticketing.service_levels.explanations import Counts
from ticketing.service_levels.hours import Holidays, Hours, ZoneName, require_distinct
from ticketing.tickets.models import Priority
from ticketing.tickets.schemas import TargetPolicySchema, TargetProgressSchema
from ticketing.web.fields import Choice, Flag, Id, Integer, OnlyIfTrue, Text, Timestamp
from ticketing.web.pages import FeedQuery
from ticketing.web.schemas import ResponseSchema, Schema

HOURS = {"mon": [["09:00", "12:30"], ["13:00", "17:00"]], "tue": [["09:00", "17:00"]]}
CALENDAR = {
    "name": "Office",
    "time_zone": "Europe/Berlin",
    "hours": HOURS,
    "holidays": ["2026-12-25"],
}
POLICY = {
    "name": "Urgent ones",
    "priority": ["urgent", "high"],
    "category_id": None,
    "first_response": 60,
    "next_response": 120,
    "resolution": 1440,
    "calendar_id": 1,
}
MAX_NAME_LENGTH = 100
MAX_POSITION = 1_000_000
MAX_GOAL = 525_600  # minutes: a year
MAX_CATEGORIES = 100


class CalendarEditSchema(Schema):
    """Changes to a calendar; a field that is not sent stays as it is.

    A weekday that ``hours`` does not have is closed; ``24:00`` may end an interval.
    ``holidays`` are closed, whatever weekday they are.
    """

    examples = CALENDAR

    name = Text(max_length=MAX_NAME_LENGTH)
    time_zone = ZoneName()
    hours = Hours()
    holidays = Holidays()


class CalendarAddSchema(CalendarEditSchema):
    """The calendar to create.

    A weekday that ``hours`` does not have is closed; ``24:00`` may end an interval.
    ``holidays`` are closed, whatever weekday they are.
    """

    name = Text(required=True, max_length=MAX_NAME_LENGTH)
    time_zone = ZoneName(required=True)
    hours = Hours(required=True)
    holidays = Holidays(load_default=list)


class CalendarSchema(ResponseSchema):
    """A calendar; ``version`` counts its changes."""

    examples = CALENDAR

    id = fields.Integer()
    name = fields.String()
    time_zone = fields.String()
    hours = Hours()
    holidays = fields.List(fields.String())
    version = fields.Integer()


class CalendarsQuery(FeedQuery):
    """The page of a list of calendars."""


class DistinctList(fields.List):
    """A list of distinct values, at least one; or null."""

    def __init__(self, inner: fields.Field, max_length: int, **kwargs: Any) -> None:
        checks: list[Any] = [validate.Length(1, max_length), require_distinct]
        super().__init__(inner, validate=checks, allow_none=True, **kwargs)


class Goal(Integer):
    """Minutes, or null for no goal."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(1, MAX_GOAL, allow_none=True, **kwargs)


class PolicyEditSchema(Schema):
    """Changes to a policy; a field that is not sent stays as it is.

    A ticket's policy is the active one, first by ``position``, that fits its priority
    and category; null fits all. ``first_response``, ``next_response`` and
    ``resolution`` are goals in minutes of the calendar's hours, or around the clock
    without one. With ``pause_on_customer``, the time to a resolution is not counted
    while the ticket waits for its customer.
    """

    examples = POLICY

    name = Text(max_length=MAX_NAME_LENGTH)
    active = Flag()
    position = Integer(0, MAX_POSITION)
    priority = DistinctList(Choice(Priority), len(Priority))
    category_id = DistinctList(Id(), MAX_CATEGORIES)
    first_response = Goal()
    next_response = Goal()
    resolution = Goal()
    calendar_id = Id(allow_none=True)
    pause_on_customer = Flag()


class PolicyAddSchema(PolicyEditSchema):
    """The policy to create; without ``position``, it has 0, and comes first.

    A ticket's policy is the active one, first by ``position``, that fits its priority
    and category; null fits all. ``first_response``, ``next_response`` and
    ``resolution`` are goals in minutes of the calendar's hours, or around the clock
    without one. With ``pause_on_customer``, the time to a resolution is not counted
    while the ticket waits for its customer.
    """

    name = Text(required=True, max_length=MAX_NAME_LENGTH)
    active = Flag(load_default=True)
    position = Integer(0, MAX_POSITION, load_default=0)
    priority = DistinctList(Choice(Priority), len(Priority), load_default=None)
    category_id = DistinctList(Id(), MAX_CATEGORIES, load_default=None)
    first_response = Goal(load_default=None)
    next_response = Goal(load_default=None)
    resolution = Goal(load_default=None)
    calendar_id = Id(allow_none=True, load_default=None)
    pause_on_customer = Flag(load_default=True)


class StoredPriority(fields.Enum):
    """A priority that is stored as its value."""

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return value


class PolicySchema(ResponseSchema):
    """A policy; ``version`` counts its changes, and those of its calendar."""

    examples = POLICY

    id = fields.Integer()
    name = fields.String()
    active = fields.Boolean()
    position = fields.Integer()
    priority = fields.List(StoredPriority(Priority, by_value=True), allow_none=True)
    category_id = fields.List(fields.Integer(), allow_none=True)
    first_response = fields.Integer(allow_none=True)
    next_response = fields.Integer(allow_none=True)
    resolution = fields.Integer(allow_none=True)
    calendar_id = fields.Integer(allow_none=True)
    pause_on_customer = fields.Boolean()
    version = fields.Integer()


class PoliciesQuery(FeedQuery):
    """The page of a list of policies."""


class AlarmSchema(ResponseSchema):
    """A target of a ticket that is nearly missed, or was missed, and its policy."""

    examples = {"due_at": "2026-03-02T10:00:00.000000+00:00"}

    target = fields.Enum(Target, by_value=True)
    due_at = Timestamp(allow_none=True)
    policy_id = fields.Integer()


class TargetIntervalSchema(ResponseSchema):
    """A part of the time of a target; ``to`` is null if it has not ended.

    ``state`` says whether it counts, and ``why`` gives the reason. If several hold, it
    is the first of ``resolved``, ``waiting_on_customer``, ``holiday`` and
    ``outside_hours``.
    """

    start = Timestamp(data_key="from")
    end = Timestamp(data_key="to", allow_none=True)
    counts = fields.Enum(Counts, by_value=True, data_key="state")
    seconds = fields.Float()
    why = fields.Enum(Why, by_value=True)


class ExplainedTargetSchema(TargetProgressSchema):
    """The explanation of a target: its intervals without gaps, the oldest first.

    With ``more``, there are earlier intervals, too. Time is counted after a miss as
    well, until the target is done.
    """

    optional = frozenset({"more"})

    goal_seconds = fields.Integer()
    counted_seconds = fields.Float()
    intervals = fields.List(fields.Nested(TargetIntervalSchema))
    more = OnlyIfTrue()


class ExplanationSchema(ResponseSchema):
    """The explanation of a ticket's targets, with the version of the policy.

    A target without a goal, or with nothing to answer yet, is null, as is the policy if
    the ticket has none.
    """

    policy = fields.Nested(TargetPolicySchema, allow_none=True)
    first_response = fields.Nested(ExplainedTargetSchema, allow_none=True)
    next_response = fields.Nested(ExplainedTargetSchema, allow_none=True)
    resolution = fields.Nested(ExplainedTargetSchema, allow_none=True)
