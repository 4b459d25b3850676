"""The clocks of a ticket: the time that counts towards each target of its policy.

What they show follows from a policy's goals, its opening hours and what happened to the
ticket, by one step, ``advance``: to go on from a stored state gives the same as to
compute it from nothing. A target is missed at the instant at which the time counted
reaches its goal, unless it was done before that instant.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from ticketing.service_levels.opening import ALWAYS_OPEN, FIVE_YEARS, MICROSECOND
from ticketing.service_levels.opening import Kind, OpeningHours

MAX_INTERVALS = 500
NOTHING = timedelta(0)


class Target(Enum):
    """What a policy sets a goal for."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


RESPONSES = (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE)


class State(Enum):
    """Where a target stands; one that was missed stays so, also when it is done."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"


class Happened(Enum):
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

    def of(self, target: Target) -> timedelta | None:
        """Return the goal of a target."""
        goal: timedelta | None = getattr(self, target.value)
        return goal


@dataclass
class Clock:
    """The clock of one target, in its present cycle.

    :param cycle: 1 at first; only ``next_response`` has more.
    :param counted: what had counted at ``since``, or when it stopped.
    :param since: from when it counts on; None while it is paused or done.
    :param warned_at: when 80 % of the goal had counted, as far as it is known to have.
    :param missed_at: when all of it had.
    """

    cycle: int
    started_at: datetime
    since: datetime | None
    counted: timedelta = NOTHING
    warned_at: datetime | None = None
    missed_at: datetime | None = None
    done_at: datetime | None = None


@dataclass
class Clocks:
    """The clocks of a ticket, and what their next step depends on.

    :param at: the last moment.
    :param answered: whether support has replied, or the ticket was ever resolved.
    :param targets: those that have a goal and have begun.
    """

    at: datetime
    targets: dict[Target, Clock]
    answered: bool = False
    resolved: bool = False
    waiting_on_customer: bool = False


@dataclass(frozen=True)
class Measure:
    """What a clock shows at some instant.

    :param counted: goes on after a miss, until it is done.
    :param due_at: when the goal is reached, also if that is past; of a target that was
        met, when it would have been. None while paused, and beyond five years from when
        it began to count, or counted on.
    """

    target: Target
    goal: timedelta
    counted: timedelta
    state: State
    due_at: datetime | None
    done_at: datetime | None


class Alarm(Enum):
    """What is emitted when 80 % of a goal, or all of it, has counted."""

    WARNING = "warning"
    MISSED = "missed"


@dataclass(frozen=True)
class Crossing:
    """The instant, past or to come, at which an alarm is due."""

    at: datetime
    target: Target
    cycle: int
    alarm: Alarm
    due_at: datetime | None


def begin(goals: Goals, opened_at: datetime) -> Clocks:
    """Return the clocks of a ticket as it is opened."""
    raise NotImplementedError


def advance(goals: Goals, clocks: Clocks, moment: Moment) -> None:
    """Change clocks, which these goals have made, by what happened next."""
    raise NotImplementedError


def replay(goals: Goals, opened_at: datetime, moments: Iterable[Moment]) -> Clocks:
    """Return the clocks after all that happened since the opening, in order."""
    raise NotImplementedError


def measure(goals: Goals, clocks: Clocks, now: datetime) -> dict[Target, Measure]:
    """Return what the clocks show; a target without a clock is left out.

    :param now: in UTC; one before the last moment counts as the same.
    """
    raise NotImplementedError


def earliest_due(measures: Mapping[Target, Measure]) -> datetime | None:
    """Return the earliest ``due_at`` of targets that are not done, past ones too."""
    raise NotImplementedError


def crossings(goals: Goals, clocks: Clocks) -> list[Crossing]:
    """Return the alarms of the present cycles, the earliest first.

    Those of a clock that counts on are included as they will be if nothing happens.
    Whoever emits them keeps the time up to which it has, and calls this after each
    moment: a new cycle forgets the crossings of the last.
    """
    raise NotImplementedError


class Why(Enum):
    """Why time counts towards a target, or does not: the first that holds."""

    RESOLVED = "resolved"
    WAITING = "waiting_on_customer"
    HOLIDAY = "holiday"
    OUTSIDE_HOURS = "outside_hours"
    COUNTING = "counting"


class Counts(Enum):
    """Whether the time of an interval counts."""

    COUNTED = "counted"
    PAUSED = "paused"
    CLOSED_HOURS = "closed_hours"


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
    raise NotImplementedError


def dump(clocks: Clocks) -> dict[str, Any]:
    """Return clocks as an object of JSON, from which ``load`` makes equal ones."""
    raise NotImplementedError


def load(stored: Mapping[str, Any]) -> Clocks:
    """Return the clocks that were dumped."""
    raise NotImplementedError
