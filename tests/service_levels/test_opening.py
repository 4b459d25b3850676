"""Opening hours: what is open, when, in any time zone."""

import random
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ticketing.service_levels.opening import (
    ALWAYS_OPEN,
    FIVE_YEARS,
    Kind,
    OpeningHours,
    opening_hours,
)

HOUR = timedelta(hours=1)
NINE_TO_FIVE = {weekday: [(540, 750), (780, 1020)] for weekday in range(5)}
BERLIN = OpeningHours("Europe/Berlin", NINE_TO_FIVE, frozenset({date(2026, 1, 6)}))
WHOLE_DAYS = {weekday: [(0, 1440)] for weekday in range(7)}


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def minutes(opening, start, end):
    return opening.open_time(utc(start), utc(end)) / timedelta(minutes=1)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # Berlin is an hour ahead. 2026-01-05 is a Monday, 2026-01-06 a holiday.
        pytest.param("2026-01-05T08:00", "2026-01-05T09:00", 60, id="inside"),
        pytest.param("2026-01-05T11:00", "2026-01-05T12:30", 60, id="lunch break"),
        pytest.param("2026-01-05T11:30", "2026-01-05T12:00", 0, id="lunch"),
        pytest.param("2026-01-05T00:00", "2026-01-05T23:00", 450, id="a day"),
        pytest.param("2026-01-05T16:00", "2026-01-07T08:00", 0, id="a holiday"),
        pytest.param("2026-01-05T15:30", "2026-01-07T08:30", 60, id="around it"),
        pytest.param("2026-01-09T15:59", "2026-01-12T08:01", 2, id="a weekend"),
        pytest.param("2026-01-05T08:00", "2026-01-05T08:00", 0, id="nothing"),
        pytest.param("2026-01-05T09:00", "2026-01-05T08:00", 0, id="backwards"),
        pytest.param("2026-01-12T00:00", "2027-01-11T00:00", 52 * 5 * 450, id="a year"),
        # Before and after 25 October local clocks differ from UTC by two hours and one.
        pytest.param("2026-10-23T14:00", "2026-10-26T09:00", 120, id="summer's end"),
    ],
)
def test_only_time_inside_the_hours_is_open(start, end, expected):
    assert minutes(BERLIN, start, end) == expected


@pytest.mark.parametrize(
    ("zone", "hours", "day", "expected"),
    [
        ("Europe/Berlin", (60, 240), "2026-03-29", 120),  # 2:00 to 3:00 is left out
        ("Europe/Berlin", (120, 180), "2026-03-29", 0),
        ("Europe/Berlin", (60, 240), "2026-10-25", 240),  # 2:00 to 3:00 comes twice
        ("Europe/Berlin", (120, 180), "2026-10-25", 120),
        ("Europe/Berlin", (120, 150), "2026-10-25", 60),
        ("America/Santiago", (0, 120), "2026-09-06", 60),  # begins at 1:00
        ("America/Santiago", (0, 1440), "2026-09-06", 23 * 60),
        ("America/Santiago", (1380, 1440), "2026-04-04", 120),  # 23:00 comes twice
        ("America/Santiago", (0, 1440), "2026-04-04", 25 * 60),
        ("America/Sao_Paulo", (0, 1440), "2018-11-04", 23 * 60),
        ("America/Sao_Paulo", (1410, 1440), "2018-02-17", 60),
        ("Africa/Cairo", (0, 60), "2026-04-24", 0),
        ("Africa/Cairo", (1380, 1440), "2026-10-29", 120),
        ("Asia/Tehran", (0, 60), "2018-03-22", 0),
        ("Australia/Lord_Howe", (90, 120), "2026-04-05", 60),  # by half an hour
        ("America/Nuuk", (1410, 1440), "2026-10-24", 60),  # 24:00 is 23:00
        ("Pacific/Apia", (0, 1440), "2011-12-30", 0),  # there was no such day
        ("Pacific/Apia", (0, 1440), "2011-12-31", 1440),
    ],
)
def test_hours_are_those_of_the_local_clock_on_its_date(zone, hours, day, expected):
    weekday = date.fromisoformat(day).weekday()
    opening = OpeningHours(zone, {weekday: [hours]})
    noon = utc(f"{day}T12:00")

    opened = opening.open_time(noon - 60 * HOUR, noon + 60 * HOUR)

    assert opened == expected * timedelta(minutes=1)


def test_open_time_of_random_spans_equals_a_count_of_every_minute():
    chance = random.Random(1)
    for zone, day in [
        ("America/Santiago", "2026-09-06"),
        ("Africa/Cairo", "2026-10-30"),
        ("Europe/Dublin", "2026-03-29"),
        ("Asia/Tehran", "2021-03-22"),
    ]:
        opening = OpeningHours(zone, {weekday: [(0, 75)] for weekday in range(7)})
        start = utc(f"{day}T00:00") - chance.randrange(1440) * HOUR / 60
        length = chance.randrange(2000, 4000)
        clocks = [
            (start + each * HOUR / 60).astimezone(ZoneInfo(zone))
            for each in range(length)
        ]

        opened = opening.open_time(start, start + length * HOUR / 60)

        assert opened / HOUR * 60 == sum(
            clock.hour * 60 + clock.minute < 75 for clock in clocks
        )


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        pytest.param("2026-01-05T08:00", 1, "2026-01-05T09:00", id="inside"),
        pytest.param("2026-01-05T03:00", 1, "2026-01-05T09:00", id="before opening"),
        pytest.param("2026-01-05T11:00", 1, "2026-01-05T12:30", id="over lunch"),
        pytest.param("2026-01-05T10:30", 1, "2026-01-05T11:30", id="until lunch"),
        pytest.param("2026-01-05T15:00", 1, "2026-01-05T16:00", id="until closing"),
        pytest.param("2026-01-05T15:30", 1, "2026-01-07T08:30", id="over a holiday"),
        pytest.param("2026-01-09T15:30", 1, "2026-01-12T08:30", id="over a weekend"),
        pytest.param("2026-01-05T12:00", 0, "2026-01-05T12:00", id="at once"),
        pytest.param("2026-01-10T12:00", -1, "2026-01-10T12:00", id="already"),
    ],
)
def test_a_deadline_is_the_first_instant_with_enough_open_time(start, hours, expected):
    assert BERLIN.deadline(utc(start), hours * HOUR) == utc(expected)


def test_open_time_is_exact_to_the_microsecond():
    start = utc("2026-01-05T10:59:59.999999")

    due = BERLIN.deadline(start, HOUR + timedelta(microseconds=1))

    assert due == utc("2026-01-05T12:30:00")
    assert BERLIN.open_time(start, due) == HOUR + timedelta(microseconds=1)


def test_a_deadline_leaves_just_its_amount_of_open_time_before_it():
    chance = random.Random(2)
    for _ in range(300):
        start = utc("2026-01-01T00:00") + timedelta(seconds=chance.randrange(10**8))
        amount = timedelta(microseconds=chance.randrange(1, 10**13))

        due = BERLIN.deadline(start, amount)

        assert BERLIN.open_time(start, due) == amount
        assert BERLIN.open_time(start, due - timedelta(microseconds=1)) < amount


@pytest.mark.parametrize(
    ("late", "expected"), [(timedelta(0), True), (timedelta(microseconds=1), False)]
)
def test_no_deadline_is_later_than_five_years(late, expected):
    start = utc("2026-01-05T08:00")

    due = ALWAYS_OPEN.deadline(start, FIVE_YEARS + late)

    assert due == (start + FIVE_YEARS if expected else None)


def test_a_deadline_after_the_latest_time_given_is_none():
    start = utc("2026-01-05T08:00")

    assert BERLIN.deadline(start, HOUR, start + HOUR) == start + HOUR
    assert BERLIN.deadline(start, HOUR, start + HOUR / 2) is None
    assert ALWAYS_OPEN.deadline(start, 2 * FIVE_YEARS, start + 3 * FIVE_YEARS)


@pytest.mark.parametrize("hours", range(1, 29 * 24, 23))
def test_a_deadline_does_not_depend_on_how_far_away_it_is(hours):
    start = datetime(1970, 1, 1, tzinfo=UTC) + 730 * timedelta(days=28) - hours * HOUR

    for amount in (hours - 1, hours, hours + 1, hours + 28 * 24):
        assert ALWAYS_OPEN.deadline(start, amount * HOUR) == start + amount * HOUR


def test_400_holidays_in_a_row_are_closed():
    days = {date(2026, 1, 1) + timedelta(days=number) for number in range(400)}
    opening = OpeningHours("Europe/Berlin", NINE_TO_FIVE, frozenset(days))

    due = opening.deadline(utc("2026-01-01T12:00"), HOUR)

    assert due == utc("2027-02-05T09:00")


def test_400_holidays_on_the_only_day_of_the_week_leave_no_deadline():
    mondays = {date(2026, 1, 5) + timedelta(weeks=number) for number in range(400)}
    opening = OpeningHours("Asia/Tokyo", {0: [(540, 600)]}, frozenset(mondays))
    start = utc("2026-01-01T12:00")

    assert opening.deadline(start, HOUR) is None
    assert opening.deadline(start, HOUR, start + 2 * FIVE_YEARS)


def test_a_minute_a_week_leaves_no_deadline_for_a_year():
    opening = OpeningHours("UTC", {6: [(0, 1)]})

    assert opening.deadline(utc("2026-01-01T12:00"), timedelta(days=365)) is None


def test_periods_say_what_is_open_and_why_the_rest_is_closed():
    periods = BERLIN.periods(utc("2026-01-05T11:00"), utc("2026-01-07T10:00"))

    assert [(each.start, each.kind) for each in periods] == [
        (utc("2026-01-05T11:00"), Kind.OPEN),
        (utc("2026-01-05T11:30"), Kind.OUTSIDE_HOURS),
        (utc("2026-01-05T12:00"), Kind.OPEN),
        (utc("2026-01-05T16:00"), Kind.OUTSIDE_HOURS),
        (utc("2026-01-05T23:00"), Kind.HOLIDAY),
        (utc("2026-01-06T23:00"), Kind.OUTSIDE_HOURS),
        (utc("2026-01-07T08:00"), Kind.OPEN),
    ]


def test_periods_have_no_gap_and_differ_from_their_neighbours():
    start, end = utc("2025-12-24T12:34"), utc("2027-03-02T01:02")

    periods = list(BERLIN.periods(start, end))

    assert (periods[0].start, periods[-1].end) == (start, end)
    for one, another in zip(periods, periods[1:], strict=False):
        assert one.end == another.start
        assert one.kind is not another.kind
    opened = [each.end - each.start for each in periods if each.kind is Kind.OPEN]
    assert sum(opened, timedelta(0)) == BERLIN.open_time(start, end)


@pytest.mark.parametrize("hours", [[(0, 1440)], [(0, 600), (600, 1440)]])
def test_intervals_that_touch_are_one_period(hours):
    opening = OpeningHours("Europe/Berlin", dict.fromkeys(range(7), hours))
    start, end = utc("2026-01-01T12:00"), utc("2026-12-31T12:00")

    assert [each.end for each in opening.periods(start, end)] == [end]


def test_an_empty_span_has_no_periods():
    now = utc("2026-01-05T11:00")

    assert not list(BERLIN.periods(now, now))


def test_times_before_1970_count_as_well():
    opened = minutes(BERLIN, "1969-12-29T00:00", "1970-01-05T00:00")

    assert opened == 5 * 450


def test_a_calendar_is_read_as_clients_write_it():
    opening = opening_hours(
        "Europe/Berlin",
        {"mon": [["09:00", "12:30"], ["13:00", "24:00"]], "sun": [["00:00", "00:01"]]},
        ["2026-01-12"],
    )

    assert opening.hours == {0: [(540, 750), (780, 1440)], 6: [(0, 1)]}
    assert minutes(opening, "2026-01-04T12:00", "2026-01-18T12:00") == 210 + 660 + 2


@pytest.mark.slow
def test_a_deadline_years_away_takes_milliseconds():
    opening = OpeningHours("America/Santiago", {0: [(540, 750), (780, 1020)]})
    start = utc("2026-01-01T12:00")
    before = time.perf_counter()

    assert opening.deadline(start, 1800 * HOUR) == utc("2030-08-05T21:00")
    first = time.perf_counter() - before
    for _ in range(1000):
        opening.deadline(start, 1800 * HOUR)
    others = time.perf_counter() - before - first

    assert first < 0.2
    assert others < 0.5
