"""Schemas of calendars and policies."""

import re
from typing import Any

from marshmallow import ValidationError, fields, missing, validate

from ticketing.core.text import t
from ticketing.service_levels.clocks import Target
from ticketing.service_levels.models import Weekday
from ticketing.tickets.models import Priority
from ticketing.web.fields import Choice, Day, Flag, Id, Integer, Text, Timestamp
from ticketing.web.fields import TimeZone
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
MAX_INTERVALS = 24  # of a day
MAX_HOLIDAYS = 400
MAX_POSITION = 1_000_000
MAX_GOAL = 525_600  # minutes: a year
MAX_CATEGORIES = 100
TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


def _require_distinct(values: list[Any]) -> None:
    if len({*values}) < len(values):
        raise ValidationError(t("Must not have anything twice."))


class Hours(fields.Field):
    """For each weekday, its intervals in order: ``{"mon": [["09:00", "17:00"]]}``.

    Loaded with the weekdays in order. Times have the form ``HH:MM``, so their order is
    that of their texts.
    """

    default_error_messages = {
        "invalid": t("Must be an object with the intervals of each weekday."),
        "closed": t("At least one weekday must have an interval."),
    }

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        if unknown := value.keys() - {*Weekday}:
            raise ValidationError({name: [t("Unknown field.")] for name in unknown})
        for day, intervals in value.items():
            if wrong := _wrong_with(intervals):
                raise ValidationError({day: [wrong]})
        if not any(value.values()):
            raise self.make_error("closed")
        return {day.value: value[day] for day in Weekday if day in value}

    def documented(self) -> dict[str, Any]:
        """Describe the weekdays and their intervals."""
        time = {"type": "string", "pattern": f"^({TIME.pattern})$"}
        interval = {"type": "array", "items": time, "minItems": 2, "maxItems": 2}
        day = {"type": "array", "items": interval, "maxItems": MAX_INTERVALS}
        return {
            "type": "object",
            "properties": {name.value: day for name in Weekday},
            "additionalProperties": False,
        }


def _wrong_with(intervals: Any) -> str | None:
    """Return what is wrong with those of a weekday, if anything is."""
    if not isinstance(intervals, list) or not all(map(_is_interval, intervals)):
        return t('Must be a list of intervals such as ["09:00", "17:00"].')
    if len(intervals) > MAX_INTERVALS:
        return t("A day has {count} intervals at most.", count=MAX_INTERVALS)
    if any(begin >= end for begin, end in intervals):
        return t("An interval must end after it begins.")
    if any(a[1] >= b[0] for a, b in zip(intervals, intervals[1:], strict=False)):
        return t("Intervals must be in order, and apart.")
    return None


def _is_interval(value: Any) -> bool:
    is_pair = isinstance(value, list) and len(value) == 2
    return is_pair and all(isinstance(v, str) and TIME.fullmatch(v) for v in value)


class ZoneName(TimeZone):
    """The name of a time zone of IANA's."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        return super()._deserialize(*args, **kwargs).key


class Holidays(fields.List):
    """Dates, each once, loaded in order and as texts."""

    def __init__(self, **kwargs: Any) -> None:
        checks: list[Any] = [validate.Length(max=MAX_HOLIDAYS), _require_distinct]
        super().__init__(Day(), validate=checks, **kwargs)

    def deserialize(self, *args: Any, **kwargs: Any) -> Any:
        """Load the dates, if there are any."""
        days = super().deserialize(*args, **kwargs)
        return days if days is missing else [day.isoformat() for day in sorted(days)]


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


class Some(fields.List):
    """Different values, at least one; or null."""

    def __init__(self, inner: fields.Field, most: int, **kwargs: Any) -> None:
        checks: list[Any] = [validate.Length(1, most), _require_distinct]
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
    priority = Some(Choice(Priority), len(Priority))
    category_id = Some(Id(), MAX_CATEGORIES)
    first_response = Goal()
    next_response = Goal()
    resolution = Goal()
    calendar_id = Id(allow_none=True)
    pause_on_customer = Flag()


class PolicyAddSchema(PolicyEditSchema):
    """The policy to create; without ``position``, before those that have one.

    A ticket's policy is the active one, first by ``position``, that fits its priority
    and category; null fits all. ``first_response``, ``next_response`` and
    ``resolution`` are goals in minutes of the calendar's hours, or around the clock
    without one. With ``pause_on_customer``, the time to a resolution is not counted
    while the ticket waits for its customer.
    """

    name = Text(required=True, max_length=MAX_NAME_LENGTH)
    active = Flag(load_default=True)
    position = Integer(0, MAX_POSITION, load_default=0)
    priority = Some(Choice(Priority), len(Priority), load_default=None)
    category_id = Some(Id(), MAX_CATEGORIES, load_default=None)
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
    """What is nearly, or was, missed: a target of a ticket, by a policy."""

    examples = {"due_at": "2026-03-02T10:00:00.000000+00:00"}

    target = fields.Enum(Target, by_value=True)
    due_at = Timestamp(allow_none=True)
    policy_id = fields.Integer()
