"""What the clocks of a ticket show at an instant, and when they warn or are missed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ticketing.service_levels.clocks import ALARMS, Alarm, Clock, Clocks, Goals, Target
from ticketing.service_levels.opening import OpeningHours


class State(StrEnum):
    """Where a target stands; one that was missed stays so, also when it is done."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True)
class Measure:
    """What a clock shows at some instant.

    :param counted: goes on after a miss, until it is done.
    :param due_at: when the goal is reached, also if that is past; of a target that was
        met, when it would have been, had it gone on counting. None while paused, and
        beyond five years from when it began to count, or counted on.
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
    """Return what the clocks show; a target without a clock is left out.

    :param now: in UTC; one before the last moment counts as the same.
    """
    now = max(now, clocks.at)
    return {
        target: measure_one(goals.opening_hours, clock, now)
        for target, clock in clocks.targets.items()
    }


def measure_one(hours: OpeningHours, clock: Clock, now: datetime) -> Measure:
    """Return what one clock shows at an instant that is not before its last moment."""
    due_at = clock.alarm_at(hours, Alarm.MISSED, now)
    is_missed = Alarm.MISSED in clock.alarms
    if clock.since and due_at and due_at <= now:
        is_missed = True
    counted = clock.counted_at(hours, now)
    return Measure(
        clock.goal, counted, _state(clock, is_missed), due_at, clock.done_at
    )


def earliest_due(measures: Mapping[Target, Measure]) -> datetime | None:
    """Return the earliest ``due_at`` of targets that are not done, past ones too."""
    due = (each.due_at for each in measures.values() if each.done_at is None)
    return min((at for at in due if at), default=None)


def crossings(goals: Goals, clocks: Clocks) -> list[Crossing]:
    """Return the alarms of the present cycles, the earliest first.

    Those of a clock that counts on are included as they will be if nothing happens.
    Whoever emits them keeps the time up to which it has, and calls this after each
    moment: a new cycle forgets the crossings of the last.
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
