"""Measure the clocks of a ticket: their state at an instant, and their alarms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ticketing.service_levels.clocks import ALARMS, Alarm, Clock, Clocks, Goals, Target
from ticketing.service_levels.opening import OpeningHours


class State(StrEnum):
    """The state of a target; a missed one stays missed, also when it is done."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True)
class Measure:
    """The state of a clock at an instant.

    :param counted: the time counted; it grows after a miss, until the target is done.
    :param due_at: when the goal is reached, also if that is past; for a target that was
        met, when the goal would have been reached. None while paused, or if it is later
        than five years after the clock began to run or went on.
    """

    goal: timedelta
    counted: timedelta
    state: State
    due_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True)
class Crossing:
    """The instant, past or to come, at which an alarm is due.

    :param started_at: when the cycle of the target began.
    :param due_at: when the whole goal is reached, as in ``Measure``.
    """

    at: datetime
    target: Target
    cycle: int
    started_at: datetime
    alarm: Alarm
    due_at: datetime | None


def measure(goals: Goals, clocks: Clocks, now: datetime) -> dict[Target, Measure]:
    """Return the measure of each target that has a clock.

    :param now: in UTC; a time before the last moment counts as equal to it.
    """
    now = max(now, clocks.at)
    return {
        target: measure_one(goals.opening_hours, clock, now)
        for target, clock in clocks.targets.items()
    }


def measure_one(hours: OpeningHours, clock: Clock, now: datetime) -> Measure:
    """Return the measure of one clock at an instant not before its last moment."""
    due_at = clock.alarm_at(hours, Alarm.MISSED, now)
    is_missed = Alarm.MISSED in clock.alarms
    if clock.since and due_at and due_at <= now:
        is_missed = True
    counted = clock.counted_at(hours, now)
    return Measure(
        clock.goal, counted, _state(clock, is_missed), due_at, clock.done_at
    )


def earliest_due(measures: Mapping[Target, Measure]) -> datetime | None:
    """Return the earliest ``due_at``, maybe past, of the targets that are not done."""
    due = (each.due_at for each in measures.values() if each.done_at is None)
    return min((at for at in due if at), default=None)


def crossings(goals: Goals, clocks: Clocks) -> list[Crossing]:
    """Return the alarms of the present cycles, the earliest first.

    Those of a running clock are included as they will be if nothing happens. A caller
    that emits them stores the time up to which it has, and calls this at each moment: a
    new cycle has no crossings of the cycle before.
    """
    hours = goals.opening_hours
    found = [
        Crossing(
            *(at, target, clock.cycle, clock.started_at, alarm),
            clock.alarm_at(hours, Alarm.MISSED),
        )
        for target, clock in clocks.targets.items()
        for alarm in (ALARMS if clock.since else clock.alarms)
        if (at := clock.alarm_at(hours, alarm))
    ]
    return sorted(found, key=lambda crossing: crossing.at)


def _state(clock: Clock, is_missed: bool) -> State:
    if is_missed:
        return State.MISSED
    if clock.done_at:
        return State.MET
    return State.RUNNING if clock.since else State.PAUSED
