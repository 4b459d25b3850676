"""Explanations: the intervals of a target's time, and why each counts or does not."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest

from ticketing.service_levels import clocks, explanations
from ticketing.service_levels.clocks import Goals, Happened, Moment, Target
from ticketing.service_levels.measures import State, measure
from ticketing.service_levels.opening import ALWAYS_OPEN, OpeningHours

MINUTE = timedelta(minutes=1)
OPENED = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday; a holiday follows
LUNCH = OpeningHours(
    "UTC",
    {day: [(540, 750), (780, 1020)] for day in range(5)},
    frozenset({date(2026, 1, 6)}),
)
COUNTS = {
    "counting": "counted",
    "waiting_on_customer": "paused",
    "resolved": "paused",
    "holiday": "closed_hours",
    "outside_hours": "closed_hours",
}


def moments(story):
    words = [each.split() for each in story.split(", ") if each]
    return [Moment(OPENED + int(at) * MINUTE, Happened(what)) for at, what in words]


def explained(story, now, target, hours=ALWAYS_OPEN):
    """Return an explanation: ``story`` is as in test_clocks.py, with full names."""
    goals = Goals(60 * MINUTE, 60 * MINUTE, 60 * MINUTE, hours)
    now = OPENED + now * MINUTE
    return explain(goals, moments(story), now)[Target(target)]


def explain(goals, story, now):
    kept = clocks.replay(goals, OPENED, story)
    return explanations.explain(goals, kept, OPENED, story, now)


def intervals(explanation):
    """Return starts, ends and reasons, in minutes since the opening."""
    for each in explanation.intervals:
        assert each.counts == COUNTS[each.why]
        assert each.end is None or each.length == each.end - each.start
    return [
        (minutes(each.start), minutes(each.end), each.why)
        for each in explanation.intervals
    ]


def minutes(at):
    return None if at is None else (at - OPENED) // MINUTE


@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        pytest.param("", 0, [(0, None, "counting")], id="opened"),
        pytest.param("", 90, [(0, None, "counting")], id="goes on after a miss"),
        pytest.param("10 support_replied", 90, [(0, 10, "counting")], id="answered"),
        pytest.param("90 support_replied", 99, [(0, 90, "counting")], id="late"),
        pytest.param("10 resolved", 90, [(0, 10, "counting")], id="resolved"),
        pytest.param("0 resolved", 90, [], id="resolved as it was opened"),
        pytest.param("5 customer_replied", 9, [(0, None, "counting")], id="asked"),
    ],
)
def test_the_first_response_is_explained_until_it_is_done(story, now, expected):
    assert intervals(explained(story, now, "first_response")) == expected


def test_the_next_response_is_explained_in_its_present_cycle():
    story = "10 support_replied, 20 customer_replied, 30 support_replied"

    first = explained(story, 90, "next_response")
    second = explained(story + ", 40 customer_replied", 90, "next_response")

    assert intervals(first) == [(20, 30, "counting")]
    assert intervals(second) == [(40, None, "counting")]


@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        pytest.param(
            *("10 support_replied", 10),
            [(0, 10, "counting"), (10, None, "waiting_on_customer")],
            id="waits since now",
        ),
        pytest.param(
            *("10 support_replied, 30 customer_replied", 90),
            [
                *((0, 10, "counting"), (10, 30, "waiting_on_customer")),
                (30, None, "counting"),
            ],
            id="waited",
        ),
        pytest.param(
            *("10 support_replied, 20 support_replied, 30 resolved", 90),
            [(0, 10, "counting"), (10, 30, "waiting_on_customer")],
            id="resolved",
        ),
        pytest.param(
            *("10 resolved, 20 resolved, 30 reopened", 90),
            [(0, 10, "counting"), (10, 30, "resolved"), (30, None, "counting")],
            id="reopened",
        ),
        pytest.param(
            *("10 resolved, 20 support_replied, 30 reopened", 90),
            [
                *((0, 10, "counting"), (10, 30, "resolved")),
                (30, None, "waiting_on_customer"),
            ],
            id="of two reasons resolved is the first",
        ),
        pytest.param(
            *("10 resolved, 10 reopened", 90),
            [(0, None, "counting")],
            id="nothing happened in no time",
        ),
        pytest.param(
            *("10 support_replied, 10 customer_replied, 10 resolved", 90),
            [(0, 10, "counting")],
            id="all in one instant",
        ),
        pytest.param(
            *("0 support_replied", 90),
            [(0, None, "waiting_on_customer")],
            id="waits from the first instant",
        ),
        pytest.param("0 resolved, 0 reopened", 9, [(0, None, "counting")], id="begun"),
    ],
)
def test_the_resolution_is_explained_with_its_pauses(story, now, expected):
    assert intervals(explained(story, now, "resolution")) == expected


@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        pytest.param(
            *("", 2890),
            [
                *((0, 210, "counting"), (210, 240, "outside_hours")),
                *((240, 480, "counting"), (480, 900, "outside_hours")),
                *((900, 2340, "holiday"), (2340, 2880, "outside_hours")),
                (2880, None, "counting"),
            ],
            id="lunch, evening, holiday, morning",
        ),
        pytest.param(
            *("", 480),
            [
                *((0, 210, "counting"), (210, 240, "outside_hours")),
                *((240, 480, "counting"), (480, None, "outside_hours")),
            ],
            id="closes now",
        ),
        pytest.param(
            *("100 support_replied, 2885 customer_replied", 2890),
            [
                *((0, 100, "counting"), (100, 2885, "waiting_on_customer")),
                (2885, None, "counting"),
            ],
            id="waiting comes before the holiday",
        ),
        pytest.param(
            *("220 support_replied, 230 customer_replied", 235),
            [
                *((0, 210, "counting"), (210, 220, "outside_hours")),
                *((220, 230, "waiting_on_customer"), (230, None, "outside_hours")),
            ],
            id="waited while it was closed",
        ),
        pytest.param(
            *("300 resolved, 1000 reopened", 1001),
            [
                *((0, 210, "counting"), (210, 240, "outside_hours")),
                *((240, 300, "counting"), (300, 1000, "resolved")),
                (1000, None, "holiday"),
            ],
            id="resolved comes before the hours",
        ),
    ],
)
def test_closed_hours_are_explained_by_the_first_reason(story, now, expected):
    assert intervals(explained(story, now, "resolution", LUNCH)) == expected


def test_the_length_of_a_lasting_interval_is_that_until_now():
    last = explained("10 support_replied", 35, "resolution").intervals[-1]

    assert (last.end, last.length) == (None, 25 * MINUTE)


def test_counted_intervals_add_up_to_what_has_counted():
    story = "10 support_replied, 500 customer_replied, 3000 resolved, 3100 reopened"
    explanation = explained(story, 7000, "resolution", LUNCH)

    counted = [each.length for each in explanation.intervals if each.why == "counting"]

    assert sum(counted, timedelta(0)) == explanation.measure.counted
    assert explanation.measure.state is State.MISSED


def test_the_newest_500_intervals_are_returned():
    days = 200 * 1440

    explanation = explained("", days, "resolution", LUNCH)

    found = explanation.intervals
    assert len(found) == 500
    assert explanation.more
    assert found[-1].end is None
    for one, another in zip(found, found[1:], strict=False):
        assert one.end == another.start


def test_only_the_newest_periods_of_several_years_are_computed():
    half_hours = [(hour * 60, hour * 60 + 30) for hour in range(24)]
    busy = OpeningHours("Europe/Berlin", {day: half_hours for day in range(7)})
    periods = busy.periods
    yielded = 0

    def count(start, end):
        nonlocal yielded
        for period in periods(start, end):
            yielded += 1
            yield period

    object.__setattr__(busy, "periods", count)
    explanation = explained("", 5 * 365 * 1440, "resolution", busy)

    assert yielded < 5000
    assert explanation.more
    end = OPENED + 5 * 365 * 1440 * MINUTE + timedelta(microseconds=1)
    newest = [*periods(end - timedelta(days=20), end)][-500:]
    starts = [each.start for each in explanation.intervals]
    assert starts == [each.start for each in newest]


@pytest.mark.parametrize(("pauses", "more"), [(249, False), (250, True)])
def test_an_explanation_of_exactly_500_intervals_has_no_more(pauses, more):
    each = "{} support_replied, {} customer_replied"
    story = ", ".join(each.format(i * 10 + 1, i * 10 + 5) for i in range(pauses))
    last = f", {pauses * 10 + 1} support_replied"

    explanation = explained(story + (last if not more else ""), 9999, "resolution")

    assert explanation.more is more
    assert len(explanation.intervals) == 500
    assert explanation.intervals[0].start == OPENED + (MINUTE if more else 0 * MINUTE)


def test_an_explanation_shows_what_a_measure_shows():
    story = "10 support_replied, 500 customer_replied, 3000 resolved, 3100 reopened"
    goals = Goals(60 * MINUTE, 60 * MINUTE, 600 * MINUTE, LUNCH)
    now = OPENED + 3200 * MINUTE

    found = explain(goals, moments(story), now)

    kept = clocks.replay(goals, OPENED, moments(story))
    measures = measure(goals, kept, now)
    assert {target: each.measure for target, each in found.items()} == measures


@pytest.mark.slow
def test_5000_moments_are_explained_in_milliseconds():
    story = [
        Moment(OPENED + number * 13 * MINUTE, what)
        for number, what in enumerate(list(Happened) * 834)
    ]
    goals = Goals(60 * MINUTE, 60 * MINUTE, 60 * MINUTE, LUNCH)
    kept = clocks.replay(goals, OPENED, story)
    times = []

    for _ in range(5):
        before = time.process_time()
        explanations.explain(goals, kept, OPENED, story, story[-1].at)
        times.append(time.process_time() - before)

    assert min(times) < 0.04  # 0.006 on a machine that does little else
