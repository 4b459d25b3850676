"""Explain the clocks of a ticket: the intervals whose time counted, or did not."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ticketing.service_levels.clocks import (
    Clock,
    Clocks,
    Goals,
    Moment,
    Target,
    Why,
    advance,
    begin,
    reason_of,
)
from ticketing.service_levels.local_time import MICROSECOND
from ticketing.service_levels.measures import Measure, measure_one
from ticketing.service_levels.opening import Kind, OpeningHours, Period

MAX_INTERVALS = 500
FIRST_SPAN = timedelta(days=28)  # before the end; each further span is twice as long


class Counts(StrEnum):
    """The state of an interval: counted, paused, or outside opening hours."""

    COUNTED = "counted"
    PAUSED = "paused"
    CLOSED_HOURS = "closed_hours"


WHY = {
    Kind.OPEN: Why.COUNTING,
    Kind.HOLIDAY: Why.HOLIDAY,
    Kind.OUTSIDE_HOURS: Why.OUTSIDE_HOURS,
}
COUNTS = {
    Why.RESOLVED: Counts.PAUSED,
    Why.WAITING: Counts.PAUSED,
    Why.HOLIDAY: Counts.CLOSED_HOURS,
    Why.OUTSIDE_HOURS: Counts.CLOSED_HOURS,
    Why.COUNTING: Counts.COUNTED,
}


@dataclass(frozen=True)
class Interval:
    """A part of a target's time.

    :param end: None if it has not ended.
    :param length: until ``end``, or until the instant of the explanation.
    """

    start: datetime
    end: datetime | None
    counts: Counts
    why: Why
    length: timedelta


@dataclass(frozen=True)
class Explanation:
    """A measure, and the intervals that add up to it.

    :param intervals: the newest 500, in order and without gaps; adjacent ones differ.
    :param more: whether there are earlier ones.
    """

    measure: Measure
    intervals: Sequence[Interval]
    more: bool


def explain(
    goals: Goals,
    clocks: Clocks,
    opened_at: datetime,
    moments: Iterable[Moment],
    now: datetime,
) -> dict[Target, Explanation]:
    """Return the explanation of each target; its parameters are as in ``measure``.

    :param clocks: as ``replay`` returns them. The caller has them from the database: to
        replay 5,000 moments here would take 20 ms.
    """
    resolution = _stretches(goals, opened_at, moments)
    now = max(now, clocks.at)
    return {
        target: _explain(
            *(goals.opening_hours, clock, now),
            resolution
            if target is Target.RESOLUTION
            else [(clock.started_at, Why.COUNTING)],
        )
        for target, clock in clocks.targets.items()
    }


def _stretches(
    goals: Goals, opened_at: datetime, moments: Iterable[Moment]
) -> list[tuple[datetime, Why]]:
    """Return the start of each reason for which the resolution counts or does not."""
    without_goals = Goals(pause_on_customer=goals.pause_on_customer)
    clocks = begin(without_goals, opened_at)
    stretches = [(opened_at, Why.COUNTING)]
    for moment in moments:
        advance(without_goals, clocks, moment)
        why = reason_of(without_goals, clocks)
        if why is not stretches[-1][1]:
            _note(stretches, clocks.at, why)
    return stretches


def _note(stretches: list[tuple[datetime, Why]], at: datetime, why: Why) -> None:
    """Add the reason that holds from an instant on; merge it with an equal one."""
    if stretches[-1][0] == at:
        stretches.pop()
    if not stretches or stretches[-1][1] is not why:
        stretches.append((at, why))


def _explain(
    hours: OpeningHours,
    clock: Clock,
    now: datetime,
    stretches: Sequence[tuple[datetime, Why]],
) -> Explanation:
    """Explain a clock whose reasons, apart from opening hours, are given."""
    intervals: list[Interval] = []
    # The instant itself belongs to the last interval of a clock that is not done.
    end = clock.done_at or now + MICROSECOND
    for start, why in reversed(stretches):
        intervals[:0] = _intervals(hours, start, end, why)
        end = start
        if len(intervals) > MAX_INTERVALS:
            break
    if clock.done_at is None:
        last = intervals[-1]
        intervals[-1] = Interval(
            last.start, None, last.counts, last.why, now - last.start
        )
    return Explanation(
        measure_one(hours, clock, now),
        intervals[-MAX_INTERVALS:],
        len(intervals) > MAX_INTERVALS,
    )


def _intervals(
    hours: OpeningHours, start: datetime, end: datetime, why: Why
) -> Iterator[Interval]:
    if why is not Why.COUNTING:
        if start < end:
            yield Interval(start, end, COUNTS[why], why, end - start)
        return
    for period in _newest_periods(hours, start, end):
        why = WHY[period.kind]
        length = period.end - period.start
        yield Interval(period.start, period.end, COUNTS[why], why, length)


def _newest_periods(
    hours: OpeningHours, start: datetime, end: datetime
) -> list[Period]:
    """Return the periods between two instants, or the newest that an explanation needs.

    A ticket may be open for years, and a year of a calendar may have 17,000 periods.
    """
    found: list[Period] = []
    since, length = end, FIRST_SPAN
    while since > start and len(found) <= MAX_INTERVALS + 1:
        since, length = max(start, end - length), 2 * length
        found = [*hours.periods(since, end)]
    return found
