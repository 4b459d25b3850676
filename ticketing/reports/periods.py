"""Periods of calendar days in a time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Period:
    """The days from ``first`` to ``last``, both included, in a time zone."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> list[date]:
        """Every day, in order."""
        count = (self.last - self.first).days + 1
        return [self.first + timedelta(days=number) for number in range(count)]

    @cached_property
    def borders(self) -> list[datetime]:
        """The instants, in UTC, at which each day begins, and the last one ends.

        Where clocks skip midnight, a day begins when they are set forward. A date that
        a zone skipped, as Samoa did 2011-12-30, begins and ends at the same instant.
        """
        after = self.last + timedelta(days=1)
        return [
            datetime.combine(day, time.min, self.zone).astimezone(UTC)
            for day in (*self.days, after)
        ]

    @property
    def begin(self) -> datetime:
        """The instant at which the first day begins."""
        return self.borders[0]

    @property
    def end(self) -> datetime:
        """The instant at which the last day ends, which is not included."""
        return self.borders[-1]
