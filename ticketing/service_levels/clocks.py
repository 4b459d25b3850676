"""The clocks of a ticket: the time that counts towards each target of its policy.

What they show follows from a policy's goals, its opening hours and what happened to the
ticket, by one step, ``advance``: to go on from a stored state gives the same as to
compute it from nothing. A target is missed at the instant at which the time counted
reaches its goal, unless it was done before that instant.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ticketing.service_levels.opening import ALWAYS_OPEN, FIVE_YEARS, MICROSECOND
from ticketing.service_levels.opening import Kind, OpeningHours

MAX_INTERVALS = 500


class Target(StrEnum):
    """What a policy sets a goal for."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


class State(StrEnum):
    """Where a target stands; one that was missed stays so, also when it is done."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"


class Happened(StrEnum):
    """What happened to a ticket, as far as it concerns a clock.

    A reply is a message or a public comment, also one deleted since. It moves
    ``waiting_on`` by itself; the values for that are for deletions, and for a reply of
    the customer that reopens the ticket, which waits on support from the reopening.
    """

    CUSTOMER_REPLIED = "customer_replied"
    SUPPORT_REPLIED = "support_replied"
    WAITING_ON_CUSTOMER = "waiting_on_customer"
    WAITING_ON_SUPPORT = "waiting_on_support"
    RESOLVED = "resolved"  # or closed
    REOPENED = "reopened"


@dataclass(frozen=True)
class Moment:
    """Something that happened.

    :param at: in UTC; one before that of the moment before counts as the same.
    """

    at: datetime
    what: Happened


@dataclass(frozen=True)
class Goals:
    """What a version of a policy asks for; None is no goal."""

    first_response: timedelta | None = None
    next_response: timedelta | None = None
    resolution: timedelta | None = None
    opening_hours: OpeningHours = ALWAYS_OPEN
    pause_on_customer: bool = True


class Alarm(StrEnum):
    """What is emitted when 80 % of a goal, or all of it, has counted."""

    WARNING = "warning"
    MISSED = "missed"


ALARMS = (Alarm.WARNING, Alarm.MISSED)


@dataclass
class Clock:
    """The clock of one target, in its present cycle.

    :param cycle: 1 at first; only ``next_response`` has more.
    :param since: from when it counts on; None while it is paused or done.
    :param counted: what had counted at ``since``, or when it stopped.
    :param alarms: the instants of those that were due when it last stopped.
    """

    goal: timedelta
    cycle: int
    started_at: datetime
    since: datetime | None
    counted: timedelta = timedelta(0)
    alarms: dict[Alarm, datetime] = field(default_factory=dict)
    done_at: datetime | None = None

    def amount(self, alarm: Alarm) -> timedelta:
        """Return how much time counts until an alarm."""
        return self.goal * 4 // 5 if alarm is Alarm.WARNING else self.goal

    def counted_at(self, hours: OpeningHours, now: datetime) -> timedelta:
        """Return what has counted by an instant after all that happened."""
        if self.since is None:
            return self.counted
        return self.counted + hours.open_time(self.since, now)

    def alarm_at(
        self, hours: OpeningHours, alarm: Alarm, now: datetime | None = None
    ) -> datetime | None:
        """Return when an alarm was or will be due, or would be if it was not done.

        None while it is paused, and beyond five years from when it began to count, or
        counted on, unless that is before ``now``.
        """
        since = self.since or self.done_at
        if alarm in self.alarms or since is None:
            return self.alarms.get(alarm)
        latest = since + FIVE_YEARS
        if self.since and now:
            latest = max(latest, now)
        return hours.deadline(since, self.amount(alarm) - self.counted, latest)

    def stop(self, hours: OpeningHours, at: datetime) -> None:
        """Count no more, but keep what has counted and which alarms were due."""
        counted = self.counted_at(hours, at)
        for alarm in ALARMS:
            if counted >= self.amount(alarm) and alarm not in self.alarms:
                self.alarms[alarm] = self.alarm_at(hours, alarm, at) or at
        self.counted, self.since = counted, None


@dataclass
class Clocks:
    """The clocks of a ticket, and what their next step depends on.

    :param at: the last moment.
    :param targets: those that have a goal and have begun.
    :param answered: whether support has replied, or the ticket was ever resolved.
    """

    at: datetime
    targets: dict[Target, Clock]
    answered: bool = False
    resolved: bool = False
    waiting_on_customer: bool = False


class Why(StrEnum):
    """Why time counts towards a target, or does not: the first that holds."""

    RESOLVED = "resolved"
    WAITING = "waiting_on_customer"
    HOLIDAY = "holiday"
    OUTSIDE_HOURS = "outside_hours"
    COUNTING = "counting"


def begin(goals: Goals, opened_at: datetime) -> Clocks:
    """Return the clocks of a ticket as it is opened."""
    clocks = Clocks(opened_at, {})
    _start(clocks, Target.FIRST_RESPONSE, goals.first_response)
    _start(clocks, Target.RESOLUTION, goals.resolution)
    return clocks


def advance(goals: Goals, clocks: Clocks, moment: Moment) -> None:
    """Change clocks, which these goals have made, by what happened next."""
    clocks.at = max(moment.at, clocks.at)
    match moment.what:
        case Happened.CUSTOMER_REPLIED:
            clocks.waiting_on_customer = False
            _ask(goals, clocks)
        case Happened.SUPPORT_REPLIED:
            clocks.waiting_on_customer = True
            _answer(goals, clocks)
        case Happened.WAITING_ON_CUSTOMER:
            clocks.waiting_on_customer = True
        case Happened.WAITING_ON_SUPPORT:
            clocks.waiting_on_customer = False
        case Happened.RESOLVED:
            clocks.resolved = True
            _answer(goals, clocks)
        case Happened.REOPENED:
            clocks.resolved = False
    _resolve(goals, clocks)


def replay(goals: Goals, opened_at: datetime, moments: Iterable[Moment]) -> Clocks:
    """Return the clocks after all that happened since the opening, in order."""
    clocks = begin(goals, opened_at)
    for moment in moments:
        advance(goals, clocks, moment)
    return clocks


def _start(clocks: Clocks, target: Target, goal: timedelta | None) -> None:
    last = clocks.targets.get(target)
    if goal:
        cycle = last.cycle + 1 if last else 1
        clocks.targets[target] = Clock(goal, cycle, clocks.at, since=clocks.at)


def _ask(goals: Goals, clocks: Clocks) -> None:
    """Begin a cycle of ``next_response``, unless an earlier reply waits for an answer.

    A reply on a resolved or closed ticket begins none, not even if it is reopened.
    """
    last = clocks.targets.get(Target.NEXT_RESPONSE)
    waits = last is not None and last.done_at is None
    if clocks.answered and not clocks.resolved and not waits:
        _start(clocks, Target.NEXT_RESPONSE, goals.next_response)


def _answer(goals: Goals, clocks: Clocks) -> None:
    """Be done with the responses, by a reply or by a resolution."""
    clocks.answered = True
    for target in (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE):
        clock = clocks.targets.get(target)
        if clock and clock.done_at is None:
            clock.stop(goals.opening_hours, clocks.at)
            clock.done_at = clocks.at


def _resolve(goals: Goals, clocks: Clocks) -> None:
    """Stop the clock of the resolution, or let it count on."""
    clock = clocks.targets.get(Target.RESOLUTION)
    if clock is None:
        return
    counts = _why(goals, clocks) is Why.COUNTING
    if counts and clock.since is None:
        clock.since = clocks.at
    if not counts and clock.since:
        clock.stop(goals.opening_hours, clocks.at)
    clock.done_at = (clock.done_at or clocks.at) if clocks.resolved else None


def _why(goals: Goals, clocks: Clocks) -> Why:
    """Return why time counts towards the resolution, whatever the opening hours."""
    if clocks.resolved:
        return Why.RESOLVED
    if clocks.waiting_on_customer and goals.pause_on_customer:
        return Why.WAITING
    return Why.COUNTING


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

    :param due_at: when the whole goal is reached, as in ``Measure``.
    """

    at: datetime
    target: Target
    cycle: int
    alarm: Alarm
    due_at: datetime | None


def measure(goals: Goals, clocks: Clocks, now: datetime) -> dict[Target, Measure]:
    """Return what the clocks show; a target without a clock is left out.

    :param now: in UTC; one before the last moment counts as the same.
    """
    now = max(now, clocks.at)
    return {
        target: _measure(goals.opening_hours, clock, now)
        for target, clock in clocks.targets.items()
    }


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
        Crossing(at, target, clock.cycle, alarm, clock.alarm_at(hours, Alarm.MISSED))
        for target, clock in clocks.targets.items()
        for alarm in (ALARMS if clock.since else clock.alarms)
        if (at := clock.alarm_at(hours, alarm))
    ]
    return sorted(found, key=lambda crossing: crossing.at)


def _measure(hours: OpeningHours, clock: Clock, now: datetime) -> Measure:
    due_at = clock.alarm_at(hours, Alarm.MISSED, now)
    is_missed = Alarm.MISSED in clock.alarms
    if clock.since and due_at and due_at <= now:
        is_missed = True
    counted = clock.counted_at(hours, now)
    return Measure(
        clock.goal, counted, _state(clock, is_missed), due_at, clock.done_at
    )


def _state(clock: Clock, is_missed: bool) -> State:
    if is_missed:
        return State.MISSED
    if clock.done_at:
        return State.MET
    return State.RUNNING if clock.since else State.PAUSED


def dump(clocks: Clocks) -> dict[str, Any]:
    """Return clocks as an object of JSON, from which ``load`` makes equal ones."""
    return {
        "at": clocks.at.isoformat(),
        "answered": clocks.answered,
        "resolved": clocks.resolved,
        "waiting_on_customer": clocks.waiting_on_customer,
        "targets": {
            target.value: {
                "goal": clock.goal // MICROSECOND,
                "cycle": clock.cycle,
                "started_at": clock.started_at.isoformat(),
                "since": clock.since and clock.since.isoformat(),
                "counted": clock.counted // MICROSECOND,
                "alarms": {
                    alarm.value: at.isoformat() for alarm, at in clock.alarms.items()
                },
                "done_at": clock.done_at and clock.done_at.isoformat(),
            }
            for target, clock in clocks.targets.items()
        },
    }


def load(stored: Mapping[str, Any]) -> Clocks:
    """Return the clocks that were dumped."""
    return Clocks(
        at=datetime.fromisoformat(stored["at"]),
        answered=stored["answered"],
        resolved=stored["resolved"],
        waiting_on_customer=stored["waiting_on_customer"],
        targets={
            Target(name): _load(clock) for name, clock in stored["targets"].items()
        },
    )


def _load(stored: Mapping[str, Any]) -> Clock:
    return Clock(
        goal=stored["goal"] * MICROSECOND,
        cycle=stored["cycle"],
        started_at=datetime.fromisoformat(stored["started_at"]),
        since=_time(stored["since"]),
        counted=stored["counted"] * MICROSECOND,
        alarms={
            Alarm(name): datetime.fromisoformat(at)
            for name, at in stored["alarms"].items()
        },
        done_at=_time(stored["done_at"]),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


class Counts(StrEnum):
    """Whether the time of an interval counts."""

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

    :param end: None if it lasts.
    :param length: up to ``end``, or until the instant of the explanation.
    """

    start: datetime
    end: datetime | None
    counts: Counts
    why: Why
    length: timedelta


@dataclass(frozen=True)
class Explanation:
    """A measure, and the intervals that add up to it.

    :param intervals: the newest 500, in order, without gap, none like the one before.
    :param more: whether there are earlier ones.
    """

    measure: Measure
    intervals: Sequence[Interval]
    more: bool


def explain(
    goals: Goals, opened_at: datetime, moments: Iterable[Moment], now: datetime
) -> dict[Target, Explanation]:
    """Return how the clocks came to show what they show; as ``measure`` otherwise."""
    clocks = begin(goals, opened_at)
    stretches = [(opened_at, Why.COUNTING)]
    for moment in moments:
        advance(goals, clocks, moment)
        why = _why(goals, clocks)
        if why is not stretches[-1][1]:
            _note(stretches, clocks.at, why)
    now = max(now, clocks.at)
    return {
        target: _explain(
            *(goals.opening_hours, clock, now),
            stretches
            if target is Target.RESOLUTION
            else [(clock.started_at, Why.COUNTING)],
        )
        for target, clock in clocks.targets.items()
    }


def _note(stretches: list[tuple[datetime, Why]], at: datetime, why: Why) -> None:
    """Add why the resolution counts, or does not, from an instant on."""
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
    """Explain a clock by its stretches, which count or not but for opening hours."""
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
        _measure(hours, clock, now),
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
    for period in hours.periods(start, end):
        why = WHY[period.kind]
        length = period.end - period.start
        yield Interval(period.start, period.end, COUNTS[why], why, length)
