"""Counting on gives what counting from nothing gives, after any history.

Policies and calendars change on the way, and the log is the only witness of the rest.
"""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reports.test_histories import Desk

pytestmark = pytest.mark.slow

RULES = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
OFFICE = {"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "tue": [["00:00", "24:00"]]}
HOURS = [OFFICE, {"mon": [["00:00", "24:00"]]}, {"tue": [["08:00", "08:30"]]}]
GOALS = [None, 1, 30, 240, 1440]

passing = st.sampled_from([0, 1, 30, 60, 600, 3600, 5 * 3600, 20 * 3600])
priorities = st.sampled_from(["low", "high"])
statuses = st.sampled_from(["open", "in_progress", "resolved", "closed"])
goals = st.sampled_from(GOALS)
changes = st.one_of(
    st.fixed_dictionaries({"first_response": goals, "resolution": goals}),
    st.fixed_dictionaries({"next_response": goals}),
    st.fixed_dictionaries({"active": st.booleans()}),
    st.fixed_dictionaries({"position": st.integers(0, 3)}),
    st.fixed_dictionaries({"priority": st.sampled_from([None, ["low"], ["high"]])}),
    st.fixed_dictionaries({"calendar_id": st.sampled_from([None, "own"])}),
    st.fixed_dictionaries({"pause_on_customer": st.booleans()}),
)
steps = st.one_of(
    st.tuples(st.just("open"), priorities),
    st.tuples(st.just("reply"), st.sampled_from(["customer", "admin"])),
    st.tuples(st.just("reply"), st.sampled_from(["customer", "admin"])),
    st.tuples(st.just("comment"), st.sampled_from(["customer", "admin", "note"])),
    st.tuples(st.just("status"), statuses),
    st.tuples(st.just("priority"), priorities),
    st.tuples(st.just("delete"), st.just("comment")),
    st.tuples(st.just("policy"), changes),
    st.tuples(st.just("calendar"), st.sampled_from(HOURS)),
    st.tuples(st.just("work"), st.none()),
)
histories = st.lists(
    st.tuples(passing, st.integers(0, 9), steps), min_size=12, max_size=35
)


@pytest.fixture
def play(app, api, customer, admin, category, recount, alarms, recompute):
    """Play a history; return the URLs of the tickets that it has left."""

    def play(history):
        desk = Desk(api, customer, admin, category)
        begin = datetime(2026, 3, 2, 8, tzinfo=UTC)
        with time_machine.travel(begin, tick=False) as clock:
            policies, calendar = configure(api(admin))
            for seconds, number, (kind, value) in history:
                clock.shift(timedelta(seconds=seconds))
                client = api(admin)  # with a token of now
                if kind == "policy":
                    given = {k: calendar if v == "own" else v for k, v in value.items()}
                    url = policies[number % len(policies)]
                    assert client.patch(url, json=given).status_code == 200
                elif kind == "calendar":
                    url = f"/api/calendars/{calendar}"
                    assert client.patch(url, json={"hours": value}).status_code == 200
                elif kind == "work":
                    recount()
                    for ticket in desk.urls:
                        alarms(f"/api{ticket}")
                else:
                    desk.play(number, kind, value)
            recount()
            require_right(app, [f"/api{url}" for url in desk.urls], alarms, recompute)
            for url in policies:
                client.delete(url)
            client.delete(f"/api/calendars/{calendar}")
            recount()
            require_right(app, [f"/api{url}" for url in desk.urls], alarms, recompute)
            for url in [*desk.urls]:
                desk.call(admin, "DELETE", url)

    return play


def configure(client):
    """Create a calendar and two policies; return their URLs, and the calendar's id."""
    body = {"name": "-", "time_zone": "America/Santiago", "hours": OFFICE}
    calendar = client.post("/api/calendars", json=body).json["id"]
    bodies = [
        {"first_response": 30, "resolution": 240, "calendar_id": calendar},
        {"next_response": 30, "resolution": 1440, "priority": ["high"]},
    ]
    return [
        client.post("/api/sla-policies", json={"name": "-", **body}).headers["Location"]
        for body in bodies
    ], calendar


def require_right(app, urls, alarms, recompute):
    """Check that what is stored follows from the log, and what is emitted from it."""
    assert recompute() == []
    for url in urls:
        emitted = alarms(url)
        assert alarms(url) == emitted
    assert recompute() == []
    verified = app.test_cli_runner().invoke(args=["reports", "verify"])
    assert verified.exit_code == 0, verified.output


@RULES
@given(history=histories)
def test_stored_targets_follow_from_the_log(play, history):
    play(history)
