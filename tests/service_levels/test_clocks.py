"""The clocks of a ticket: the time they count, their states and alarms.

A story is written like ``"10 support, 30 customer"``: minutes since the opening, on
Monday 2026-01-05 at 9:00, and what happened then.
"""

import json
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from ticketing.service_levels import clocks, stored_clocks
from ticketing.service_levels.clocks import Goals, Happened, Moment, Target
from ticketing.service_levels.measures import crossings, earliest_due, measure
from ticketing.service_levels.opening import OpeningHours

MINUTE = timedelta(minutes=1)
OPENED = datetime(2026, 1, 5, 9, tzinfo=UTC)
HAPPENED = {
    "customer": Happened.CUSTOMER_REPLIED,
    "support": Happened.SUPPORT_REPLIED,
    "resolve": Happened.RESOLVED,
    "reopen": Happened.REOPENED,
    "waits-on-customer": Happened.WAITING_ON_CUSTOMER,
    "waits-on-support": Happened.WAITING_ON_SUPPORT,
}
GOALS = Goals(60 * MINUTE, 60 * MINUTE, 60 * MINUTE)
NINE_TO_FIVE = OpeningHours("UTC", {day: [(540, 1020)] for day in range(5)})
MINUTE_A_WEEK = OpeningHours("UTC", {0: [(540, 541)]})
FIVE_YEARS = 1826 * 1440


def moments(story):
    words = [each.split() for each in story.split(", ") if each]
    return [Moment(OPENED + int(at) * MINUTE, HAPPENED[what]) for at, what in words]


def measured(story, now, target, goals=GOALS):
    """Return the state of a target, when it is due and done, and what has counted."""
    kept = clocks.replay(goals, OPENED, moments(story))
    found = measure(goals, kept, OPENED + now * MINUTE).get(Target(target))
    if found is None:
        return None
    times = (minutes(found.due_at), minutes(found.done_at))
    return (found.state.value, *times, found.counted // MINUTE)


def minutes(at):
    return None if at is None else (at - OPENED) // MINUTE


@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        pytest.param("", 0, ("running", 60, None, 0), id="opened"),
        pytest.param("", 59, ("running", 60, None, 59), id="just before it is due"),
        pytest.param("", 60, ("missed", 60, None, 60), id="due"),
        pytest.param("", 90, ("missed", 60, None, 90), id="goes on after a miss"),
        pytest.param("9 customer", 10, ("running", 60, None, 10), id="customer again"),
        pytest.param("10 support", 90, ("met", 60, 10, 10), id="answered"),
        pytest.param("59 support", 90, ("met", 60, 59, 59), id="just in time"),
        pytest.param("60 support", 90, ("missed", 60, 60, 60), id="when it was due"),
        pytest.param("70 support", 90, ("missed", 60, 70, 70), id="too late"),
        pytest.param("5 support, 9 support", 9, ("met", 60, 5, 5), id="the first one"),
        pytest.param("10 resolve", 90, ("met", 60, 10, 10), id="resolved or closed"),
        pytest.param("80 resolve", 90, ("missed", 60, 80, 80), id="resolved too late"),
        pytest.param("10 resolve, 20 reopen", 90, ("met", 60, 10, 10), id="reopened"),
        pytest.param(
            *("10 resolve, 20 reopen, 30 customer", 90, ("met", 60, 10, 10)),
            id="over for good",
        ),
        pytest.param(
            *("10 support, 20 waits-on-support", 90, ("met", 60, 10, 10)),
            id="a deleted answer is one",
        ),
        pytest.param(
            *("5 waits-on-customer", 10, ("running", 60, None, 10)),
            id="never paused",
        ),
    ],
)
def test_first_response_counts_from_the_opening_to_an_answer(story, now, expected):
    assert measured(story, now, "first_response") == expected


@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        pytest.param("", 10, None, id="opened"),
        pytest.param("5 customer", 10, None, id="the customer again"),
        pytest.param("5 customer, 10 support", 20, None, id="all is answered"),
        pytest.param(
            *("10 support, 20 customer", 30, ("running", 80, None, 10)),
            id="asked after the first response",
        ),
        pytest.param(
            *("10 support, 20 customer, 25 customer", 30, ("running", 80, None, 10)),
            id="asked twice",
        ),
        pytest.param(
            *("10 support, 20 customer, 50 support", 90, ("met", 80, 50, 30)),
            id="answered",
        ),
        pytest.param(
            *("10 support, 20 customer, 50 support, 60 support", 90),
            ("met", 80, 50, 30),
            id="answered twice",
        ),
        pytest.param(
            *("10 support, 20 customer", 100, ("missed", 80, None, 80)),
            id="late",
        ),
        pytest.param(
            *("10 support, 20 customer, 100 support", 200, ("missed", 80, 100, 80)),
            id="answered late",
        ),
        pytest.param(
            *("10 support, 20 customer, 100 support, 110 customer", 120),
            ("running", 170, None, 10),
            id="a new cycle after a miss",
        ),
        pytest.param(
            *("10 support, 20 customer, 50 resolve", 90, ("met", 80, 50, 30)),
            id="resolved or closed",
        ),
        pytest.param(
            *("10 support, 20 customer, 50 resolve, 55 reopen", 90),
            ("met", 80, 50, 30),
            id="a reopening starts nothing",
        ),
        pytest.param("10 resolve, 20 reopen", 90, None, id="nor does it a first one"),
        pytest.param(
            *("10 resolve, 20 reopen, 30 customer", 40, ("running", 90, None, 10)),
            id="the next reply after it does",
        ),
        pytest.param(
            *("10 resolve, 30 reopen, 30 customer", 40, ("running", 90, None, 10)),
            id="also the one that reopens",
        ),
        pytest.param(
            *("10 resolve, 20 customer, 30 reopen", 40, None),
            id="not one while it was closed",
        ),
        pytest.param(
            *("10 support, 20 customer, 30 waits-on-customer", 40),
            ("running", 80, None, 20),
            id="a deleted question is one",
        ),
        pytest.param(
            *("10 support, 20 customer, 30 support, 40 waits-on-support", 50),
            ("met", 80, 30, 10),
            id="a deleted answer is one",
        ),
        pytest.param(
            *("10 support, 20 customer, 20 support", 30, ("met", 80, 20, 0)),
            id="answered in the same instant",
        ),
        pytest.param(
            *("10 support, 10 customer", 30, ("running", 70, None, 20)),
            id="asked in the instant of an answer",
        ),
        pytest.param("10 customer, 10 support", 30, None, id="answered at once"),
        pytest.param(
            *("10 support, 20 customer, 15 support", 30, ("met", 80, 20, 0)),
            id="a time goes back",
        ),
    ],
)
def test_next_response_counts_from_a_question_to_its_answer(story, now, expected):
    assert measured(story, now, "next_response") == expected


@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        pytest.param("", 30, ("running", 60, None, 30), id="opened"),
        pytest.param("", 60, ("missed", 60, None, 60), id="due"),
        pytest.param("10 support", 40, ("paused", None, None, 10), id="waits"),
        pytest.param(
            *("10 support, 40 customer", 50, ("running", 90, None, 20)),
            id="counts on",
        ),
        pytest.param("10 support", 999, ("paused", None, None, 10), id="for long"),
        pytest.param(
            *("10 support, 40 waits-on-support", 50, ("running", 90, None, 20)),
            id="counts on from the deletion of support's reply",
        ),
        pytest.param(
            *("10 support, 20 customer, 30 waits-on-customer", 50),
            ("paused", None, None, 20),
            id="waits from the deletion of the customer's reply",
        ),
        pytest.param("40 resolve", 90, ("met", 60, 40, 40), id="resolved"),
        pytest.param("60 resolve", 90, ("missed", 60, 60, 60), id="when it was due"),
        pytest.param("80 resolve", 90, ("missed", 60, 80, 80), id="resolved late"),
        pytest.param("40 resolve, 50 resolve", 90, ("met", 60, 40, 40), id="closed"),
        pytest.param(
            *("10 support, 40 resolve", 90, ("met", 90, 40, 10)),
            id="resolved while it waits",
        ),
        pytest.param("70 support", 90, ("missed", 60, None, 70), id="missed, waits"),
        pytest.param(
            *("70 support, 80 customer", 90, ("missed", 60, None, 80)),
            id="missed, counts on",
        ),
        pytest.param(
            *("40 resolve, 50 reopen", 60, ("running", 70, None, 50)),
            id="a reopening counts on",
        ),
        pytest.param(
            *("40 resolve, 50 reopen", 70, ("missed", 70, None, 60)),
            id="until it is due",
        ),
        pytest.param(
            *("40 resolve, 50 reopen, 55 resolve", 90, ("met", 70, 55, 45)),
            id="resolved again",
        ),
        pytest.param(
            *("80 resolve, 90 reopen", 95, ("missed", 60, None, 85)),
            id="a reopening after a miss",
        ),
        pytest.param(
            *("80 resolve, 90 reopen, 95 resolve", 99, ("missed", 60, 95, 85)),
            id="resolved again after a miss",
        ),
        pytest.param(
            *("10 support, 40 resolve, 50 reopen", 60, ("paused", None, None, 10)),
            id="reopened, and still waits",
        ),
        pytest.param(
            *("10 resolve, 20 support, 30 reopen", 60, ("paused", None, None, 10)),
            id="reopened, and waits since a reply on the resolved ticket",
        ),
        pytest.param(
            "10 support, 40 resolve, 50 waits-on-support, 50 reopen, 51 customer",
            *(60, ("running", 100, None, 20)),
            id="reopened by the customer's reply",
        ),
        pytest.param(
            *("40 resolve, 40 reopen", 50, ("running", 60, None, 50)),
            id="resolved for no time",
        ),
    ],
)
def test_resolution_counts_while_support_is_to_act(story, now, expected):
    assert measured(story, now, "resolution") == expected


def test_resolution_counts_while_it_waits_where_the_policy_does_not_pause():
    goals = Goals(resolution=60 * MINUTE, pause_on_customer=False)

    seen = measured("10 support, 20 waits-on-customer", 40, "resolution", goals)

    assert seen == ("running", 60, None, 40)


def test_a_target_without_a_goal_has_no_clock():
    for target in Target:
        goals = Goals(**{target.value: 60 * MINUTE})
        story = "5 customer, 10 support, 20 customer"

        kept = clocks.replay(goals, OPENED, moments(story))

        assert set(measure(goals, kept, OPENED)) == {target}


@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        # Open for 480 minutes; then not until minute 1440.
        pytest.param("", 470, ("running", 1460, None, 470), id="by day"),
        pytest.param("", 1439, ("running", 1460, None, 480), id="by night"),
        pytest.param("", 1460, ("missed", 1460, None, 500), id="due"),
        pytest.param("1459 resolve", 9999, ("met", 1460, 1459, 499), id="just in time"),
        pytest.param(
            *("470 support, 600 customer", 700, ("running", 1470, None, 470)),
            id="replied by night",
        ),
        pytest.param(
            *("600 support, 700 customer", 1450, ("running", 1460, None, 490)),
            id="waited by night",
        ),
        pytest.param("600 support", 700, ("paused", None, None, 480), id="waits, too"),
    ],
)
def test_only_time_inside_the_opening_hours_counts(story, now, expected):
    goals = Goals(resolution=500 * MINUTE, opening_hours=NINE_TO_FIVE)

    assert measured(story, now, "resolution", goals) == expected


def test_a_goal_reached_at_closing_time_is_due_at_that_time():
    goals = Goals(resolution=480 * MINUTE, opening_hours=NINE_TO_FIVE)

    assert measured("", 479, "resolution", goals) == ("running", 480, None, 479)
    late = measured("600 resolve", 700, "resolution", goals)
    assert late == ("missed", 480, 600, 480)


def test_no_target_is_due_later_than_five_years_after_its_clock_began_to_run():
    goals = Goals(525_600 * MINUTE, opening_hours=MINUTE_A_WEEK)
    week = 7 * 1440
    years = Goals(resolution=200 * MINUTE, opening_hours=MINUTE_A_WEEK)

    assert measured("", 10, "first_response", goals) == ("running", None, None, 1)
    late = measured("", FIVE_YEARS + week, "first_response", goals)
    assert late == ("running", None, None, 262)
    assert measured("", 10, "resolution", years) == ("running", 199 * week + 1, None, 1)


def test_a_pause_of_six_years_hides_no_deadline():
    later = 6 * 366 * 1440

    seen = measured(f"10 support, {later} customer", later, "resolution")

    assert seen == ("running", later + 50, None, 10)


def test_a_goal_reached_after_more_than_five_years_is_missed_all_the_same():
    goals = Goals(300 * MINUTE, opening_hours=MINUTE_A_WEEK)
    due = 299 * 7 * 1440 + 1

    assert measured("", due - 1, "first_response", goals)[:2] == ("running", None)
    assert measured("", due, "first_response", goals)[:2] == ("missed", due)
    late = measured(f"{due + 5} support", due + 9, "first_response", goals)
    assert late == ("missed", due, due + 5, 300)


def test_a_target_met_before_a_goal_beyond_five_years_never_has_a_due_time():
    goals = Goals(300 * MINUTE, opening_hours=MINUTE_A_WEEK)

    seen = measured("5 support", 2 * FIVE_YEARS, "first_response", goals)

    assert seen == ("met", None, 5, 1)


def test_a_calendar_that_holidays_keep_closed_has_no_deadline():
    mondays = {date(2026, 1, 5) + timedelta(weeks=number) for number in range(400)}
    closed = OpeningHours("UTC", {0: [(540, 1020)]}, frozenset(mondays))

    seen = measured("", 999, "first_response", Goals(MINUTE, opening_hours=closed))

    assert seen == ("running", None, None, 0)


def test_a_ticket_is_due_when_its_first_unfinished_target_is():
    goals = Goals(30 * MINUTE, 60 * MINUTE, 120 * MINUTE, pause_on_customer=False)

    def due(story, now):
        kept = clocks.replay(goals, OPENED, moments(story))
        measures = measure(goals, kept, OPENED + now * MINUTE)
        return minutes(earliest_due(measures))

    assert due("", 10) == 30
    assert due("", 99) == 30  # also a past one
    assert due("20 support", 30) == 120
    assert due("20 support, 30 customer", 30) == 90
    assert due("20 support, 90 customer", 90) == 120
    assert due("20 support, 30 resolve", 30) is None


def test_a_ticket_whose_targets_are_paused_is_not_due():
    kept = clocks.replay(GOALS, OPENED, moments("10 support"))

    assert earliest_due(measure(GOALS, kept, OPENED)) is None


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (
            "",
            [
                (48, "first_response", 1, "warning", 60),
                (48, "resolution", 1, "warning", 60),
                (60, "first_response", 1, "missed", 60),
                (60, "resolution", 1, "missed", 60),
            ],
        ),
        ("10 support", []),
        (
            "50 support",
            [
                (48, "first_response", 1, "warning", 60),
                (48, "resolution", 1, "warning", None),
            ],
        ),
        (
            "10 support, 20 customer, 70 resolve",
            [
                (58, "resolution", 1, "warning", 70),
                (68, "next_response", 1, "warning", 80),
                (70, "resolution", 1, "missed", 70),
            ],
        ),
        (
            "48 resolve",
            [
                (48, "first_response", 1, "warning", 60),
                (48, "resolution", 1, "warning", 60),
            ],
        ),
        ("47 resolve", []),
        (
            "10 support, 20 customer, 30 support, 40 customer, 40 resolve, 40 reopen",
            [
                (68, "resolution", 1, "warning", 80),
                (80, "resolution", 1, "missed", 80),
            ],
        ),
    ],
)
def test_alarms_are_due_at_80_percent_of_a_goal_and_at_all_of_it(story, expected):
    kept = clocks.replay(GOALS, OPENED, moments(story))

    found = crossings(GOALS, kept)

    assert [
        (minutes(each.at), each.target, each.cycle, each.alarm, minutes(each.due_at))
        for each in found
    ] == expected


def test_each_cycle_has_alarms_of_its_own():
    story = "10 support, 20 customer, 90 support, 100 customer"
    goals = Goals(next_response=60 * MINUTE)

    first = clocks.replay(goals, OPENED, moments(story)[:3])
    second = clocks.replay(goals, OPENED, moments(story))

    assert [each.cycle for each in crossings(goals, first)] == [1, 1]
    assert [each.cycle for each in crossings(goals, second)] == [2, 2]


def test_alarms_that_are_reached_only_after_five_years_are_not_due():
    goals = Goals(525_600 * MINUTE, opening_hours=MINUTE_A_WEEK)

    assert crossings(goals, clocks.begin(goals, OPENED)) == []


def test_clocks_are_stored_as_json_to_the_microsecond():
    story = "10 support, 20 customer, 90 support, 100 customer, 110 resolve, 120 reopen"
    odd = [
        Moment(each.at + number * timedelta(microseconds=7), each.what)
        for number, each in enumerate(moments(story))
    ]
    for number in range(len(odd)):
        kept = clocks.replay(GOALS, OPENED, odd[:number])

        stored = json.dumps(stored_clocks.dump(kept))

        assert stored_clocks.load(json.loads(stored)) == kept


def test_a_now_before_the_last_moment_counts_as_that_moment():
    assert measured("30 customer", 10, "first_response") == ("running", 60, None, 30)


@pytest.mark.slow
def test_5000_moments_are_replayed_in_milliseconds():
    story = [
        Moment(OPENED + number * 13 * MINUTE, what)
        for number, what in enumerate(list(Happened) * 834)
    ]
    times = []

    for _ in range(5):
        before = time.process_time()
        clocks.replay(GOALS, OPENED, story)
        times.append(time.process_time() - before)

    assert min(times) < 0.06  # 0.013 on a machine that does little else
