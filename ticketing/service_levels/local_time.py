"""Instants as numbers, and by how much the local clocks of a zone are ahead of UTC."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# In microseconds, as all numbers below: whole numbers are exact, and fast.
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE


def offsets(zone: ZoneInfo, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the times between which local clocks are ahead of UTC by an offset.

    Looks at one instant a day: no zone has ever changed twice within six days.
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
    """Return the instant, a whole second, since which the offset is another."""
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
