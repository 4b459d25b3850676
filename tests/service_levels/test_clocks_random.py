"""Compare clocks with a count of every minute, after random histories.

The count below knows no arithmetic of calendars: it looks at the local clock of every
minute. All that happens does so at whole minutes, so that it is exact.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ticketing.service_levels import clocks, explanations, stored_clocks
from ticketing.service_levels.clocks import Goals, Happened, Moment, Target
from ticketing.service_levels.measures import crossings, measure
from ticketing.service_levels.opening import ALWAYS_OPEN, OpeningHours

MINUTE = timedelta(minutes=1)
EPOCH = datetime(2010, 1, 1, tzinfo=UTC)
# The count finds alarms up to this many minutes after the end of a history.
AHEAD = 3 * 1440

# Local clocks change within two days from the beginning of each date, in UTC.
PLACES = [
    ("Europe/Berlin", date(2026, 3, 28)),  # at 2
    ("Europe/Berlin", date(2026, 10, 24)),  # at 3
    ("America/Santiago", date(2026, 9, 5)),  # at midnight
    ("America/Santiago", date(2026, 4, 4)),  # at midnight
    ("America/Sao_Paulo", date(2018, 11, 3)),  # at midnight
    ("America/Sao_Paulo", date(2018, 2, 17)),  # at midnight
    ("Africa/Cairo", date(2026, 4, 23)),  # at midnight
    ("Africa/Cairo", date(2026, 10, 29)),  # at midnight
    ("Australia/Lord_Howe", date(2026, 4, 4)),  # at 2, by half an hour
    ("Pacific/Apia", date(2011, 12, 29)),  # by a day: it has no 30 December
    ("Asia/Kathmandu", date(2026, 5, 1)),  # never; they are ahead by 5:45
]
FULL = settings(
    max_examples=2000,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

gaps = st.sampled_from([0, 0, 1, 1, 17, 60, 61, 240, 480, 1440, 2000])
kinds = ["customer", "support", "delete", "resolve", "close", "reopen"]
steps = st.sampled_from([*kinds, *kinds[:3], *kinds[:2]])
histories = st.lists(st.tuples(gaps, steps, st.integers(0, 9)), max_size=12)
clock_times = [0, 30, 60, 90, 120, 150, 180, 540, 720, 780, 1020, 1380, 1440]
days = (
    st.lists(st.sampled_from(clock_times), max_size=4, unique=True)
    .map(sorted)
    .map(lambda times: list(zip(times[::2], times[1::2], strict=False)))
)
# 80 % of a multiple of 5 minutes is a whole number of minutes, too.
limits = st.none() | st.sampled_from([5, 60, 65, 480, 1000, 3000])


@dataclass
class Story:
    """Two policies, and the log of a ticket.

    :param log: minutes, what happened, and ``waiting_on`` since.
    """

    policies: list[Goals]
    opened: int
    log: list[tuple[int, str, str]]
    now: int

    def counted_by(self, policy):
        return (policy, instant(self.opened), self.moments())

    def moments(self):
        """Return the log as the clocks are given it."""
        found, last = [], "support"
        for minute, what, waiting_on in self.log:
            at = instant(minute)
            if what in ("delete", "reopen") and waiting_on != last:
                found.append(Moment(at, Happened(f"waiting_on_{waiting_on}")))
            if what != "delete":
                found.append(Moment(at, HAPPENED[what]))
            last = waiting_on
        return found


HAPPENED = {
    "customer": Happened.CUSTOMER_REPLIED,
    "support": Happened.SUPPORT_REPLIED,
    "resolve": Happened.RESOLVED,
    "close": Happened.RESOLVED,
    "reopen": Happened.REOPENED,
}


@st.composite
def policies(draw, time_zone, day):
    """Draw a policy, with a calendar around a day, or none."""
    week = dict(enumerate(draw(st.lists(days, min_size=7, max_size=7))))
    near = st.integers(0, 6).map(lambda number: day + timedelta(days=number))
    holidays = draw(st.sets(near, max_size=2))
    opening = OpeningHours(time_zone, week, frozenset(holidays))
    goals = (limit and limit * MINUTE for limit in draw(st.tuples(*[limits] * 3)))
    hours = opening if draw(st.integers(0, 4)) else ALWAYS_OPEN
    return Goals(*goals, hours, draw(st.booleans()))


@st.composite
def stories(draw):
    time_zone, day = draw(st.sampled_from(PLACES))
    drawn = [draw(policies(time_zone, day)) for _ in range(2)]
    opened = (day - EPOCH.date()).days * 1440 + draw(st.integers(0, 1440))
    log = happen(opened, draw(histories))
    return Story(drawn, opened, log, (log[-1][0] if log else opened) + draw(gaps))


def happen(now, history):
    """Return the log of a ticket to which steps happen, where they are possible."""
    log, replies, status = [], [], "open"

    def add(what):
        waiting_on = "customer" if replies[-1:] == ["support"] else "support"
        log.append((now, what, waiting_on))

    for gap, step, number in history:
        now += gap
        if step in ("customer", "support"):
            replies.append(step)
            if step == "customer" and status == "resolve":
                status = "open"
                add("reopen")
            add(step)
        elif step == "delete" and replies:
            replies.pop(number % len(replies))
            add(step)
        elif step in ("resolve", "close") or step == "reopen" and status != "open":
            status = "open" if step == "reopen" else step
            add(step)
    return log


def counts(story, policy):
    """Return what is to be seen of each target that has begun, as the terms read."""
    found = {}

    def add(target, start, done, why):
        goal = getattr(policy, target.value)
        if goal and start is not None:
            end = story.now if done is None else done
            found[target] = count(goal // MINUTE, (start, end, done), why)

    def closed(minute):
        return why_closed(policy.opening_hours, minute)

    add(Target.FIRST_RESPONSE, story.opened, answer_to_opening(story.log), closed)
    add(Target.NEXT_RESPONSE, *last_question(story.log), closed)

    paused = pauses_by_minute(story, policy)

    def why(minute):
        return paused[min(minute, story.now) - story.opened] or closed(minute)

    add(Target.RESOLUTION, story.opened, resolved_at(story.log), why)
    return found


def answer_to_opening(log):
    answers = ("support", "resolve", "close")
    return next((minute for minute, what, _ in log if what in answers), None)


def last_question(log):
    """Return when the customer last asked, after a first answer, and the answer."""
    asked, answered, status = None, 0, "open"
    has_answer = False
    for minute, what, _ in log:
        status = what if what in ("resolve", "close", "reopen") else status
        is_open = status not in ("resolve", "close")
        if what in ("support", "resolve", "close"):
            has_answer = True
            answered = minute if answered is None else answered
        elif what == "customer" and has_answer and is_open and answered is not None:
            asked, answered = minute, None
    return asked, answered


def resolved_at(log):
    """Return since when a ticket is resolved or closed without a break."""
    since = None
    for minute, what, _ in log:
        if what in ("resolve", "close") and since is None:
            since = minute
        elif what == "reopen":
            since = None
    return since


def pauses_by_minute(story, policy):
    """Return for each minute until now why the resolution is paused, or None."""
    found, log, is_resolved, is_waiting = [], list(story.log), False, False
    for minute in range(story.opened, story.now + 1):
        while log and log[0][0] <= minute:
            _, what, waiting_on = log.pop(0)
            is_waiting = waiting_on == "customer"
            if what in ("resolve", "close", "reopen"):
                is_resolved = what != "reopen"
        pauses = is_waiting and policy.pause_on_customer
        waits = "waiting_on_customer" if pauses else None
        found.append("resolved" if is_resolved else waits)
    return found


def why_closed(opening, minute):
    """Return why a minute counts by the local clock, or why not."""
    day, clock = local(opening.time_zone, minute)
    if day in opening.holidays:
        return "holiday"
    hours = opening.hours[day.weekday()]
    is_open = any(start <= clock < end for start, end in hours)
    return "counting" if is_open else "outside_hours"


@lru_cache(None)
def local(time_zone, minute):
    clock = instant(minute).astimezone(ZoneInfo(time_zone))
    return clock.date(), clock.hour * 60 + clock.minute


def instant(minute):
    return EPOCH + minute * MINUTE


@dataclass
class Count:
    """The result of counting the minutes of a target.

    :param due: None if it is paused, or nothing falls due within ``AHEAD``.
    """

    counted: int
    state: str
    done: int | None
    due: int | None
    warned: int | None
    missed: int | None
    intervals: list[tuple[int, int | None, str, int]]


def count(goal, times, why):
    """Count the minutes from a start to an end, and those ahead of it.

    :param times: the start, the end, and whether that is the end of the target.
    :param why: of each minute: ``counting``, or why not.
    """
    start, end, done = times
    whys = [why(minute) for minute in range(start, end)]
    warned = missed = None
    counted = 0
    for minute, each in enumerate(whys, start + 1):
        counted += each == "counting"
        warned = warned or (counted * 5 >= goal * 4 and minute or None)
        missed = missed or (counted >= goal and minute or None)
    is_paused = done is None and why(end) in ("waiting_on_customer", "resolved")
    state = "met" if done is not None else "paused" if is_paused else "running"
    due = missed
    if not missed and state == "running":
        due = look_ahead(goal - counted, end, why)
    runs = intervals(start, end, done, [*whys, *([why(end)] if done is None else [])])
    state = "missed" if missed else state
    return Count(counted, state, done, due, warned, missed, runs)


def look_ahead(left, end, why):
    for minute in range(end, end + AHEAD):
        left -= why(minute) == "counting"
        if not left:
            return minute + 1
    return None


def intervals(start, end, done, whys):
    runs = [list(run) for _, run in groupby(enumerate(whys, start), lambda x: x[1])]
    starts = [run[0][0] for run in runs]
    return [
        (since, until, run[0][1], (end if until is None else until) - since)
        for run, since, until in zip(runs, starts, [*starts[1:], done], strict=False)
    ]


def check_measures(story, policy, expected):
    now = instant(story.now)
    kept = clocks.replay(*story.counted_by(policy))
    _, opened_at, moments = story.counted_by(policy)
    explained = explanations.explain(policy, kept, opened_at, moments, now)
    measures = measure(policy, kept, now)

    assert set(explained) == set(measures) == set(expected)
    for target, seen in expected.items():
        shown = measures[target]
        assert explained[target].measure == shown
        assert not explained[target].more
        assert (shown.counted, shown.state) == (seen.counted * MINUTE, seen.state)
        assert shown.done_at == at(seen.done)
        check_due(shown.due_at, seen, now)
        assert [
            (each.start, each.end, each.why, each.length)
            for each in explained[target].intervals
        ] == [
            (at(start), at(end), why, length * MINUTE)
            for start, end, why, length in seen.intervals
        ]


def at(minute):
    return None if minute is None else instant(minute)


def check_due(due_at, seen, now):
    if seen.due is not None or seen.state == "paused":
        assert due_at == at(seen.due)
    elif seen.state == "running":
        assert due_at is None or due_at > now + AHEAD * MINUTE


def check_continuing(story):
    """Store and load the clocks at each moment, and change the policy half way."""
    old, new = story.policies
    moments = story.moments()
    half = len(moments) // 2
    before = replace(story, log=[])
    kept = clocks.begin(*before.counted_by(old)[:2])
    for moment in moments[:half]:
        clocks.advance(old, kept, moment)
        kept = stored_clocks.load(json.loads(json.dumps(stored_clocks.dump(kept))))
    assert kept == clocks.replay(old, instant(story.opened), moments[:half])

    kept = clocks.replay(new, instant(story.opened), moments[:half])
    for moment in moments[half:]:
        clocks.advance(new, kept, moment)
        kept = stored_clocks.load(json.loads(json.dumps(stored_clocks.dump(kept))))
    assert kept == clocks.replay(*story.counted_by(new))


def check_crossings(story, policy, expected):
    """See every alarm of a cycle once, at its minute, by a look after each moment."""
    kept = clocks.begin(policy, instant(story.opened))
    seen, since = [], instant(story.opened)
    now = Moment(instant(story.now), Happened.WAITING_ON_SUPPORT)
    for moment in [*story.moments(), now]:
        if moment is not now:
            clocks.advance(policy, kept, moment)
        found = crossings(policy, kept)
        seen += [each for each in found if since < each.at <= moment.at]
        since = moment.at

    names = [(each.target, each.cycle, each.alarm) for each in seen]
    assert len(names) == len(set(names))
    for target, count in expected.items():
        cycle = kept.targets[target].cycle
        alarms = {"warning": at(count.warned), "missed": at(count.missed)}
        assert {
            each.alarm: each.at
            for each in seen
            if (each.target, each.cycle) == (target, cycle)
        } == {alarm: when for alarm, when in alarms.items() if when}


def check(story):
    policy = story.policies[0]
    expected = counts(story, policy)
    check_measures(story, policy, expected)
    check_continuing(story)
    check_crossings(story, policy, expected)


@settings(FULL, max_examples=100)
@given(stories())
def test_clocks_equal_a_count_of_minutes(story):
    check(story)


@pytest.mark.slow
@FULL
@given(stories())
def test_clocks_equal_a_count_of_minutes_after_2000_histories(story):
    check(story)
