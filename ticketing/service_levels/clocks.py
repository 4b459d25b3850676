"""The clocks of a ticket: the time that counts towards each target of its policy.

Their state follows from a policy's goals, its opening hours and the ticket's moments.
Only ``advance`` changes it, one moment at a time, so that to continue from a stored
state gives the same as to replay all moments. A target is missed at the instant at
which the time counted reaches its goal, unless it was done before that instant.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from ticketing.service_levels.opening import ALWAYS_OPEN, FIVE_YEARS, OpeningHours


class Target(StrEnum):
    """A target of a ticket, for which a policy may set a goal."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


class Happened(StrEnum):
    """A kind of moment: something that starts, pauses or stops a clock.

    A reply is a message or a public comment, also one deleted since. It changes
    ``waiting_on`` by itself. ``WAITING_ON_…`` is for a deletion, and for a reply of the
    customer that reopens the ticket, which waits on support from the reopening.
    """

    CUSTOMER_REPLIED = "customer_replied"
    SUPPORT_REPLIED = "support_replied"
    WAITING_ON_CUSTOMER = "waiting_on_customer"
    WAITING_ON_SUPPORT = "waiting_on_support"
    RESOLVED = "resolved"  # or closed
    REOPENED = "reopened"


class Moment(NamedTuple):
    """Something that happened to a ticket and that concerns its clocks.

    :param at: in UTC; a time before that of the previous moment counts as equal to it.
    """

    at: datetime
    what: Happened


@dataclass(frozen=True)
class Goals:
    """The goals of a version of a policy; None is no goal."""

    first_response: timedelta | None = None
    next_response: timedelta | None = None
    resolution: timedelta | None = None
    opening_hours: OpeningHours = ALWAYS_OPEN
    pause_on_customer: bool = True


class Alarm(StrEnum):
    """An event that is due when 80 % of a goal, or all of it, has counted."""

    WARNING = "warning"
    MISSED = "missed"


ALARMS = (Alarm.WARNING, Alarm.MISSED)


@dataclass
class Clock:
    """The clock of one target, in its present cycle.

    :param cycle: 1 at first; only ``next_response`` has more.
    :param since: when it last began to run; None while it is paused or done.
    :param counted: the time counted before ``since``; if it does not run, all of it.
    :param alarms: when the alarms were due that were due before it last stopped.
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
        """Return the time counted by an instant that is not before the last moment."""
        if self.since is None:
            return self.counted
        return self.counted + hours.open_time(self.since, now)

    def alarm_at(
        self, hours: OpeningHours, alarm: Alarm, now: datetime | None = None
    ) -> datetime | None:
        """Return when an alarm was or will be due, or would be if it was not done.

        None while the clock is paused, or if it is later than five years after the
        clock began to run or went on, unless that is before ``now``.
        """
        since = self.since or self.done_at
        if alarm in self.alarms or since is None:
            return self.alarms.get(alarm)
        latest = since + FIVE_YEARS
        if self.since and now:
            latest = max(latest, now)
        return hours.deadline(since, self.amount(alarm) - self.counted, latest)

    def stop(self, hours: OpeningHours, at: datetime) -> None:
        """Stop counting; keep the time counted, and when alarms were due."""
        counted = self.counted_at(hours, at)
        for alarm in ALARMS:
            if counted >= self.amount(alarm) and alarm not in self.alarms:
                self.alarms[alarm] = self.alarm_at(hours, alarm, at) or at
        self.counted, self.since = counted, None


@dataclass
class Clocks:
    """The clocks of a ticket, and the state that the next moment depends on.

    :param at: the time of the last moment.
    :param targets: the clocks of the targets that have a goal and have begun.
    :param answered: whether support has replied, or the ticket was ever resolved.
    """

    at: datetime
    targets: dict[Target, Clock]
    answered: bool = False
    resolved: bool = False
    waiting_on_customer: bool = False


class Why(StrEnum):
    """The reason why time counts towards a target or not; of several, the first."""

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
    """Apply the next moment to clocks that were begun with the same goals."""
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
    """Return the clocks of a ticket after all its moments, in order."""
    clocks = begin(goals, opened_at)
    for moment in moments:
        advance(goals, clocks, moment)
    return clocks


def reason_of(goals: Goals, clocks: Clocks) -> Why:
    """Return why time counts towards the resolution, apart from opening hours."""
    if clocks.resolved:
        return Why.RESOLVED
    if clocks.waiting_on_customer and goals.pause_on_customer:
        return Why.WAITING
    return Why.COUNTING


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
    """Stop the clocks of both responses, which are done by a reply or a resolution."""
    clocks.answered = True
    for target in (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE):
        clock = clocks.targets.get(target)
        if clock and clock.done_at is None:
            clock.stop(goals.opening_hours, clocks.at)
            clock.done_at = clocks.at


def _resolve(goals: Goals, clocks: Clocks) -> None:
    """Stop the clock of the resolution, or let it run again."""
    clock = clocks.targets.get(Target.RESOLUTION)
    if clock is None:
        return
    counts = reason_of(goals, clocks) is Why.COUNTING
    if counts and clock.since is None:
        clock.since = clocks.at
    if not counts and clock.since:
        clock.stop(goals.opening_hours, clocks.at)
    clock.done_at = (clock.done_at or clocks.at) if clocks.resolved else None
