"""/calendars: list, create, show, change, delete"""

from datetime import date, timedelta

import pytest
from service_levels.conftest import OFFICE

from ticketing.service_levels.calendars import MAX_CALENDARS
from ticketing.service_levels.models import Calendar

URL = "/api/calendars"


def test_calendar_is_created_listed_and_shown(api, admin, add_calendar):
    response = add_calendar(name=" Office ")

    assert response.status_code == 201
    shown = response.json
    assert shown == {**OFFICE, "id": shown["id"], "version": 1}
    assert response.headers["Location"] == f"{URL}/{shown['id']}"
    assert api(admin).get(response.headers["Location"]).json == shown
    assert api(admin).get(URL).json == {"data": [shown], "next": None}


def test_holidays_are_shown_in_order_and_are_none_by_default(api, admin, add_calendar):
    days = ["2027-01-01", "2026-12-25", "2026-12-31"]

    assert add_calendar(holidays=days).json["holidays"] == sorted(days)
    without = {name: value for name, value in OFFICE.items() if name != "holidays"}
    assert api(admin).post(URL, json=without).json["holidays"] == []


def test_only_an_edit_that_changes_a_calendar_makes_a_version(api, admin, add_calendar):
    url = add_calendar().headers["Location"]

    same = api(admin).patch(url, json={"name": "Office"}).json
    changed = api(admin).patch(url, json={"time_zone": "America/Santiago"}).json

    assert same["version"] == 1
    assert changed == {**same, "time_zone": "America/Santiago", "version": 2}
    assert api(admin).get(url).json == changed


def test_calendar_can_be_deleted(api, admin, add_calendar):
    url = add_calendar().headers["Location"]

    assert api(admin).delete(url).status_code == 204
    assert api(admin).get(url).status_code == 404
    assert api(admin).patch(url, json={"name": "-"}).status_code == 404
    assert api(admin).delete(url).status_code == 404


def test_calendars_are_listed_by_id_in_pages(api, admin, add_calendar):
    ids = [add_calendar().json["id"] for _ in range(3)]

    first = api(admin).get(f"{URL}?limit=2").json
    second = api(admin).get(f"{URL}?cursor={first['next']}").json

    assert [calendar["id"] for calendar in first["data"] + second["data"]] == ids
    assert second["next"] is None


def test_there_are_100_calendars_at_most(api, admin, add_calendar, save):
    for _ in range(MAX_CALENDARS - 1):
        save(Calendar(**OFFICE))
    last = add_calendar()

    beyond = add_calendar()

    assert last.status_code == 201
    assert (beyond.status_code, beyond.json["code"]) == (409, "too_many")
    api(admin).delete(last.headers["Location"])
    assert add_calendar().status_code == 201


NINE_TO_FIVE = [["09:00", "17:00"]]
MANY_DAYS = [str(date(2026, 1, 1) + timedelta(days=number)) for number in range(401)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("time_zone", None),
        ("time_zone", "Berlin"),
        ("time_zone", "localtime"),
        ("hours", None),
        ("hours", []),
        ("hours", {}),
        ("hours", {"mon": []}),
        ("hours", {"mon": None}),
        ("hours", {"Mon": NINE_TO_FIVE}),
        ("hours", {"mon": NINE_TO_FIVE, "day": NINE_TO_FIVE}),
        ("hours", {"mon": ["09:00", "17:00"]}),
        ("hours", {"mon": [["09:00"]]}),
        ("hours", {"mon": [["09:00", "17:00", "18:00"]]}),
        ("hours", {"mon": [["9:00", "17:00"]]}),
        ("hours", {"mon": [["09:00", "17:00:00"]]}),
        ("hours", {"mon": [["09:00", "17:60"]]}),
        ("hours", {"mon": [["09:00", "24:01"]]}),
        ("hours", {"mon": [["24:00", "24:00"]]}),
        ("hours", {"mon": [[9, 17]]}),
        ("hours", {"mon": [["17:00", "09:00"]]}),
        ("hours", {"mon": [["09:00", "09:00"]]}),
        ("hours", {"mon": [["09:00", "12:00"], ["11:00", "17:00"]]}),
        ("hours", {"mon": [["09:00", "12:00"], ["12:00", "17:00"]]}),
        ("hours", {"mon": [["13:00", "17:00"], ["09:00", "12:00"]]}),
        ("hours", {"mon": [[f"{h:02}:00", f"{h:02}:01"] for h in range(24)] * 2}),
        ("holidays", None),
        ("holidays", ["2026-02-29"]),
        ("holidays", ["25.12.2026"]),
        ("holidays", ["9999-12-31"]),
        ("holidays", ["2026-12-25", "2026-12-25"]),
        ("holidays", MANY_DAYS),
        ("version", 7),
        ("id", 7),
    ],
)
def test_an_invalid_field_of_a_calendar_is_named(
    api, admin, add_calendar, field, value
):
    url = add_calendar().headers["Location"]

    answers = add_calendar(**{field: value}), api(admin).patch(url, json={field: value})

    for response in answers:
        assert response.status_code == 422
        assert [name.partition(".")[0] for name in response.json["errors"]] == [field]


def test_values_at_the_limits_of_a_calendar_are_accepted(add_calendar):
    apart = [["00:00", "00:01"], ["00:02", "24:00"]]
    hours = {"wed": [["00:00", "24:00"]], "thu": apart}

    response = add_calendar(hours=hours, holidays=MANY_DAYS[:400], name="x" * 100)

    assert response.status_code == 201
    assert response.json["hours"] == hours


def test_calendar_that_an_active_policy_names_is_in_use(
    api, admin, add_calendar, add_policy
):
    calendar = add_calendar()
    policy = add_policy(calendar_id=calendar.json["id"])

    refused = api(admin).delete(calendar.headers["Location"])
    api(admin).patch(policy.headers["Location"], json={"active": False})
    allowed = api(admin).delete(calendar.headers["Location"])

    assert (refused.status_code, refused.json["code"]) == (409, "calendar_in_use")
    assert "1 active policy" in refused.json["message"]
    assert allowed.status_code == 204
    left = api(admin).get(policy.headers["Location"]).json
    assert left["calendar_id"] is None
    assert left["version"] == 3


def test_changed_calendar_makes_a_version_of_each_policy_that_names_it(
    api, admin, add_calendar, add_policy
):
    calendar = add_calendar()
    named = add_policy(calendar_id=calendar.json["id"]).headers["Location"]
    other = add_policy().headers["Location"]

    api(admin).patch(calendar.headers["Location"], json={"holidays": []})

    assert api(admin).get(named).json["version"] == 2
    assert api(admin).get(other).json["version"] == 1
