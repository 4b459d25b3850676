"""Opening hours in a time zone, and how much of a time lies within them.

An instant is open if its local time is in an interval of its weekday, and its local
date is not a holiday. So an hour that clocks repeat counts twice, and an hour that they
skip does not count. A holiday is closed from its first instant to its last.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

from ticketing.service_levels.local_time import (
    DAY,
    EPOCH,
    MICROSECOND,
    MINUTE,
    instant_of,
    number_of,
    offsets,
)

FIVE_YEARS = timedelta(days=1826)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

CHUNK = 28 * DAY  # in microseconds, like all numbers here
CACHED_CHUNKS = 1024  # of some 8 KB each


class Kind(Enum):
    """The kind of a period: open, or the reason why it is closed."""

    OPEN = "open"
    HOLIDAY = "holiday"
    OUTSIDE_HOURS = "outside_hours"


@dataclass(frozen=True)
class Period:
    """The time from ``start`` to ``end``, which is not included; both are in UTC."""

    start: datetime
    end: datetime
    kind: Kind


@dataclass(frozen=True, eq=False)
class OpeningHours:
    """Opening hours of support.

    Reuse an instance: the results that it has computed are cached by its identity.

    :param time_zone: a key of the IANA database.
    :param hours: for each weekday (0 is Monday) its intervals, in order and apart, in
        minutes of the local day from 0 to 1440; the end is not included.
    :param holidays: local dates.
    """

    time_zone: str
    hours: Mapping[int, Sequence[tuple[int, int]]]
    holidays: Collection[date] = frozenset()

    def open_time(self, start: datetime, end: datetime) -> timedelta:
        """Return how much of the time from ``start`` to ``end`` is open."""
        begin, until = number_of(start), number_of(end)
        if until <= begin:
            return timedelta(0)
        first, last = begin // CHUNK, until // CHUNK
        total = _chunk(self, last).open_before(until)
        total -= _chunk(self, first).open_before(begin)
        for each in range(first, last):
            total += _chunk(self, each).open_in_all
        return timedelta(microseconds=total)

    def deadline(
        self, start: datetime, amount: timedelta, latest: datetime | None = None
    ) -> datetime | None:
        """Return the first instant with ``amount`` of open time since ``start``.

        :param latest: by default five years (1,826 days) after ``start``.
        :return: None if the instant would be later than ``latest``.
        """
        if amount <= timedelta(0):
            return start
        begin, until = number_of(start), number_of(latest or start + FIVE_YEARS)
        first = begin // CHUNK
        left = amount // MICROSECOND + _chunk(self, first).open_before(begin)
        for each in range(first, until // CHUNK + 1):
            chunk = _chunk(self, each)
            if left <= chunk.open_in_all:
                found = chunk.when_open(left)
                return instant_of(found) if found <= until else None
            left -= chunk.open_in_all
        return None

    def periods(self, start: datetime, end: datetime) -> Iterator[Period]:
        """Yield the periods between two instants without gaps; adjacent ones differ."""
        begin, until = number_of(start), number_of(end)
        since, last = begin, None
        for at, kind in self._starts(begin, until):
            if kind is last:
                continue
            if last and at > since:
                yield Period(instant_of(since), instant_of(at), last)
                since = at
            last = kind
        if last and until > since:
            yield Period(instant_of(since), instant_of(until), last)

    def _starts(self, begin: int, until: int) -> Iterator[tuple[int, Kind]]:
        for each in range(begin // CHUNK, until // CHUNK + 1):
            chunk = _chunk(self, each)
            first = max(bisect_right(chunk.starts, begin) - 1, 0)
            last = bisect_left(chunk.starts, until)
            yield from zip(chunk.starts[first:last], chunk.kinds[first:last])


ALWAYS_OPEN = OpeningHours("UTC", {weekday: [(0, 1440)] for weekday in range(7)})


def opening_hours(
    time_zone: str,
    hours: Mapping[str, Sequence[Sequence[str]]],
    holidays: Sequence[str],
) -> OpeningHours:
    """Return the opening hours of a calendar, given in the form of the API.

    :param hours: like ``{"mon": [["09:00", "24:00"]]}``.
    :param holidays: like ``["2026-12-25"]``.
    """
    return OpeningHours(
        time_zone,
        {
            WEEKDAYS.index(day): [(_minute(start), _minute(end)) for start, end in each]
            for day, each in hours.items()
        },
        frozenset(date.fromisoformat(day) for day in holidays),
    )


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return 60 * int(hour) + int(minute)


@dataclass(frozen=True)
class _Chunk:
    """The periods of 28 days; the first may have begun before them.

    :param opened: the open time before each period, and at the end the total.
    """

    starts: list[int]
    kinds: list[Kind]
    opened: list[int]

    @property
    def open_in_all(self) -> int:
        return self.opened[-1]

    def open_before(self, at: int) -> int:
        index = bisect_right(self.starts, at) - 1
        since = at - self.starts[index] if self.kinds[index] is Kind.OPEN else 0
        return self.opened[index] + since

    def when_open(self, amount: int) -> int:
        """Return the first instant before which ``amount``, more than 0, is open."""
        index = bisect_left(self.opened, amount) - 1
        return self.starts[index] + amount - self.opened[index]


@lru_cache(CACHED_CHUNKS)
def _chunk(opening: OpeningHours, number: int) -> _Chunk:
    chunk = _Chunk([], [], [])
    opened, last = 0, None
    for start, end, kind in _days(opening, number * CHUNK, (number + 1) * CHUNK):
        if kind is not last:
            chunk.starts.append(start)
            chunk.kinds.append(kind)
            chunk.opened.append(opened)
        opened += end - start if kind is Kind.OPEN else 0
        last = kind
    chunk.opened.append(opened)
    return chunk


def _days(
    opening: OpeningHours, start: int, end: int
) -> Iterator[tuple[int, int, Kind]]:
    """Yield start, end and kind of the parts of all local days, in order."""
    for since, until, offset in offsets(ZoneInfo(opening.time_zone), start, end):
        for day in range((since + offset) // DAY, -(-(until + offset) // DAY)):
            midnight = day * DAY - offset
            for begin, finish, kind in _parts(opening, day):
                at = max(midnight + begin, since)
                to = min(midnight + finish, until)
                if at < to:
                    yield at, to, kind


def _parts(opening: OpeningHours, day: int) -> Iterator[tuple[int, int, Kind]]:
    """Yield start, end and kind of the parts of a local day, counted from midnight."""
    local = EPOCH.date() + timedelta(days=day)
    if local in opening.holidays:
        yield 0, DAY, Kind.HOLIDAY
        return
    closed = 0
    for first, last in opening.hours.get(local.weekday(), ()):
        yield closed, first * MINUTE, Kind.OUTSIDE_HOURS
        yield first * MINUTE, last * MINUTE, Kind.OPEN
        closed = last * MINUTE
    yield closed, DAY, Kind.OUTSIDE_HOURS
