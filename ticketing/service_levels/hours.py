"""Fields of opening hours: intervals of weekdays, holidays, and a time zone."""

import re
from typing import Any

from marshmallow import ValidationError, fields, missing, validate

from ticketing.core.text import t
from ticketing.service_levels.opening import WEEKDAYS
from ticketing.web.fields import Day, TimeZone

MAX_INTERVALS = 24  # of a day
MAX_HOLIDAYS = 400
TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


def require_distinct(values: list[Any]) -> None:
    """Check that no value occurs twice.

    :raises ValidationError: one does.
    """
    if len({*values}) < len(values):
        raise ValidationError(t("Must not have anything twice."))


class Hours(fields.Field):
    """For each weekday, its intervals in order: ``{"mon": [["09:00", "17:00"]]}``.

    The weekdays are loaded in order. Times have the form ``HH:MM``, so that they can be
    compared as texts.
    """

    default_error_messages = {
        "invalid": t("Must be an object with the intervals of each weekday."),
        "closed": t("At least one weekday must have an interval."),
    }

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        if unknown := value.keys() - {*WEEKDAYS}:
            raise ValidationError({name: [t("Unknown field.")] for name in unknown})
        for day, intervals in value.items():
            if wrong := _error_of(intervals):
                raise ValidationError({day: [wrong]})
        if not any(value.values()):
            raise self.make_error("closed")
        return {day: value[day] for day in WEEKDAYS if day in value}

    def documented(self) -> dict[str, Any]:
        """Describe the weekdays and their intervals."""
        time = {"type": "string", "pattern": f"^({TIME.pattern})$"}
        interval = {"type": "array", "items": time, "minItems": 2, "maxItems": 2}
        day = {"type": "array", "items": interval, "maxItems": MAX_INTERVALS}
        return {
            "type": "object",
            "properties": dict.fromkeys(WEEKDAYS, day),
            "additionalProperties": False,
            "minProperties": 1,
        }


def _error_of(intervals: Any) -> str | None:
    """Return the error message for the intervals of a weekday, if they are invalid."""
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
    """The name of a time zone in the IANA database."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        return super()._deserialize(*args, **kwargs).key


class Holidays(fields.List):
    """A list of distinct dates, loaded in order and as texts."""

    def __init__(self, **kwargs: Any) -> None:
        checks: list[Any] = [validate.Length(max=MAX_HOLIDAYS), require_distinct]
        super().__init__(Day(), validate=checks, **kwargs)

    def deserialize(self, *args: Any, **kwargs: Any) -> Any:
        """Load the dates, if there are any."""
        days = super().deserialize(*args, **kwargs)
        return days if days is missing else [day.isoformat() for day in sorted(days)]
