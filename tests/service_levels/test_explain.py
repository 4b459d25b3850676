"""GET /tickets/{id}/sla"""

import time
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from ticketing.core.database import db, utcnow
from ticketing.history.models import Entry, Stream


def at(text):
    return f"2026-03-02T{text}:00.000000+00:00"


def values_of(interval):
    names = ("from", "to", "state", "why", "seconds")
    return tuple(interval[name] for name in names)


def test_explanation_has_the_intervals_of_each_target(
    clock, api, customer, admin, add_calendar, add_policy, opened
):
    calendar = add_calendar(hours={"mon": [["09:00", "10:00"], ["11:00", "18:00"]]})
    policy = add_policy(
        first_response=90, resolution=240, calendar_id=calendar.json["id"]
    ).json
    url = opened()
    clock.go_on(hours=3)
    api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
    clock.go_on(minutes=30)
    api(customer).post(f"{url}/messages", json={"message": "It is out."})
    clock.go_on(minutes=30)

    explained = api(admin).get(f"{url}/sla").json

    assert explained["policy"] == {"id": policy["id"], "name": "All", "version": 1}
    assert explained["next_response"] is None
    first = explained["first_response"]
    assert (first["goal_seconds"], first["counted_seconds"]) == (5400, 7200)
    assert (first["state"], first["due_at"]) == ("missed", at("10:30"))
    assert first["done_at"] == at("11:00")
    assert [values_of(each) for each in first["intervals"]] == [
        (at("08:00"), at("09:00"), "counted", "counting", 3600),
        (at("09:00"), at("10:00"), "closed_hours", "outside_hours", 3600),
        (at("10:00"), at("11:00"), "counted", "counting", 3600),
    ]
    resolution = explained["resolution"]
    assert resolution["counted_seconds"] == 9000
    assert resolution["state"] == "running"
    assert [values_of(each) for each in resolution["intervals"][-2:]] == [
        (at("11:00"), at("11:30"), "paused", "waiting_on_customer", 1800),
        (at("11:30"), None, "counted", "counting", 1800),
    ]
    assert "more" not in resolution


def test_ticket_without_a_policy_has_nothing_to_explain(api, admin, opened):
    assert api(admin).get(f"{opened()}/sla").json == {
        **{"policy": None, "first_response": None},
        **{"next_response": None, "resolution": None},
    }


def test_the_explanation_agrees_with_the_field_sla(
    clock, api, admin, add_policy, opened, targets
):
    add_policy(first_response=60, next_response=30, resolution=240)
    url = opened()
    clock.go_on(hours=2)

    explained, field = api(admin).get(f"{url}/sla").json, targets(url)

    for name in ("first_response", "resolution"):
        seen = {key: explained[name][key] for key in ("state", "due_at", "done_at")}
        assert seen == field[name]


def test_an_explanation_is_not_found_by_strangers_and_forbidden_to_the_customer(
    api, customer, stranger, opened, add_policy
):
    add_policy(first_response=60)
    url = opened()

    assert api(stranger).get(f"{url}/sla").status_code == 404
    assert api(stranger).get(f"{url}/sla?x=1").status_code == 404
    assert api(customer).get(f"{url}/sla").status_code == 403


@pytest.fixture
def long_ticket(app, add_policy, opened, add_calendar, admin, customer, recompute):
    """A ticket with 5,000 replies; return its URL."""
    calendar = add_calendar().json
    add_policy(next_response=30, resolution=525_600, calendar_id=calendar["id"])
    url = opened()
    ticket_id = int(url.rpartition("/")[2])
    begin = utcnow()
    rows = [
        Entry(
            ticket_id=ticket_id,
            stream=Stream.PUBLIC,
            seq=number,
            name="message.sent",
            actor_id=(customer if number % 2 else admin).id,
            payload={"id": number, "message": "It burns, and nobody knows why. " * 20},
            created_at=begin + timedelta(minutes=number),
        )
        for number in range(2, 5002)
    ]
    with app.app_context():
        db.session.add_all(rows)
        db.session.commit()
    recompute()
    return url


@pytest.mark.slow
def test_ticket_of_5000_entries_is_explained_in_50_ms(long_ticket, app, token, admin):
    client = FlaskClient(app, app.response_class)  # validates no answer
    headers = {"Authorization": f"Bearer {token(admin)}"}
    times = []

    for _ in range(15):
        begin = time.process_time()  # other processes of the machine do not count
        explained = client.get(f"{long_ticket}/sla", headers=headers).json
        times.append(time.process_time() - begin)

    assert len(explained["resolution"]["intervals"]) == 500
    assert explained["resolution"]["more"] is True
    assert min(times) <= 0.09  # 0.03 on a machine that does little else
