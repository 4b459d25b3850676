"""Instants as numbers, and the UTC offsets of time zones."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# Numbers are in microseconds here: whole numbers are exact, and fast.
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE


def offsets(zone: ZoneInfo, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the UTC offsets of a zone: the start, the end and the offset of each.

    Only one instant a day is examined: no zone has ever changed twice in six days.
    """
    since, offset = start, _offset(zone, start)
    for at in range(start + DAY, end + DAY, DAY):
        changed = _offset(zone, at)
        if changed != offset:
            change = _change(zone, at - DAY, at)
            yield since, change, offset
            since, offset = change, changed
    if since < end:
        yield since, end, offset


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """Return the instant, a whole second, at which the offset changes."""
    offset = _offset(zone, before)
    seconds = range(before // SECOND, after // SECOND + 1)
    index = bisect_left(
        seconds, True, key=lambda second: _offset(zone, second * SECOND) != offset
    )
    return seconds[index] * SECOND


def _offset(zone: ZoneInfo, at: int) -> int:
    offset = instant_of(at).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // MICROSECOND


def number_of(at: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def instant_of(number: int) -> datetime:
    """Return the instant of some microseconds since 1970."""
    return EPOCH + timedelta(microseconds=number)
