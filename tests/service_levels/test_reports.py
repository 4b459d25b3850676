"""Targets in reports, and durations in the opening hours of a calendar"""

import pytest

QUERY = "/api/reports/tickets?from=2026-03-02&to=2026-03-03"


@pytest.fixture
def totals(api, admin):
    """Return the totals of a report."""
    return lambda more="": api(admin).get(QUERY + more).json["totals"]


def test_reports_count_a_ticket_as_met_or_missed_by_any_of_its_targets(
    clock, api, admin, add_policy, opened, totals
):
    add_policy(first_response=60, resolution=240, priority=["high"])
    met, missed, late, running, without = (
        opened(priority=priority) for priority in ("high",) * 4 + ("low",)
    )
    clock.go_on(minutes=30)
    for url in (met, running, without):
        api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
    api(admin).patch(met, json={"status": "resolved"})
    clock.go_on(minutes=31)
    api(admin).patch(missed, json={"status": "resolved"})

    found = totals()["sla"]

    assert found == {"met": 2, "missed": 2}
    by_priority = api(admin).get(f"{QUERY}&by=priority").json["data"]
    assert {row["priority"]: row["sla"] for row in by_priority} == {
        "high": found,
        "low": {"met": 0, "missed": 0},
    }


def test_durations_in_reports_are_counted_by_the_calendar(
    clock, api, admin, add_calendar, add_policy, opened, totals
):
    hours = {"mon": [["09:00", "09:10"], ["11:00", "18:00"]]}  # it is 9:00 there
    calendar = add_calendar(hours=hours).json["id"]
    add_policy(first_response=60, calendar_id=calendar)
    url = opened()
    clock.go_on(minutes=30)
    api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
    clock.go_on(hours=2)
    api(admin).patch(url, json={"status": "resolved"})

    found = totals()

    assert found["first_response_seconds"]["median"] == 600
    assert found["resolution_seconds"]["median"] == 600 + 30 * 60


@pytest.mark.parametrize("how", ["priority", "recount", "removed"])
def test_durations_in_reports_change_with_the_calendar_of_the_ticket(
    app, clock, api, admin, add_calendar, add_policy, opened, totals, recount, how
):
    before = add_calendar(hours={"mon": [["09:00", "09:10"]]}).headers["Location"]
    after = add_calendar(hours={"mon": [["09:00", "09:20"]]}).json["id"]
    named = {"calendar_id": int(before.rpartition("/")[2])}
    policy = add_policy(first_response=60, priority=["high"], **named)
    add_policy(first_response=60, priority=["low"], calendar_id=after)
    url = opened()
    clock.go_on(minutes=30)
    api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
    counted = totals()["first_response_seconds"]["median"]

    if how == "priority":
        api(admin).patch(url, json={"priority": "low", "status": "resolved"})
    elif how == "recount":
        api(admin).patch(before, json={"hours": {"mon": [["09:00", "09:20"]]}})
    else:
        api(admin).delete(policy.headers["Location"])
    recount()

    expected = {"priority": 1200, "recount": 1200, "removed": 1800}[how]
    assert counted == 600
    assert totals()["first_response_seconds"]["median"] == expected
    if how == "priority":
        assert totals()["resolution_seconds"]["median"] == expected
    verified = app.test_cli_runner().invoke(args=["reports", "verify"])
    assert verified.exit_code == 0, verified.output
