"""sla.warning and sla.missed: once for each target and cycle, of the present alone"""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from ticketing.core.database import db, utcnow
from ticketing.jobs.worker import Worker
from ticketing.service_levels import alarms as emitting
from ticketing.service_levels.alarms import emit_due
from ticketing.service_levels.models import ServiceLevel
from ticketing.service_levels.recounting import recompute
from ticketing.tickets.models import Ticket

FIRST_WARNING = ("sla.warning", "first_response")
FIRST_MISSED = ("sla.missed", "first_response")
NEXT_WARNING = ("sla.warning", "next_response")
NEXT_MISSED = ("sla.missed", "next_response")


def staff_entries(api, admin, url):
    return api(admin).get(f"{url}/events?stream=staff").json["data"]


def test_the_warning_is_emitted_at_80_percent_and_the_miss_at_the_goal(
    clock, add_policy, opened, alarms
):
    add_policy(first_response=60)
    url = opened()

    clock.go_on(minutes=48, microseconds=-1)
    assert alarms(url) == []
    clock.go_on(microseconds=1)
    assert alarms(url) == [FIRST_WARNING]
    clock.go_on(minutes=12, microseconds=-1)
    assert alarms(url) == [FIRST_WARNING]
    clock.go_on(microseconds=1)
    assert alarms(url) == [FIRST_WARNING, FIRST_MISSED]
    clock.go_on(days=300)
    assert alarms(url) == [FIRST_WARNING, FIRST_MISSED]


def test_the_entry_of_an_alarm_has_its_target_and_no_actor(
    clock, api, admin, add_policy, opened, alarms
):
    policy = add_policy(first_response=60).json
    url = opened()
    clock.go_on(hours=1)

    alarms(url)

    warning, missed = staff_entries(api, admin, url)
    due_at = "2026-03-02T09:00:00.000000+00:00"
    about = {"target": "first_response", "due_at": due_at, "policy_id": policy["id"]}
    assert warning["payload"] == missed["payload"] == about
    assert (missed["name"], missed["actor_id"]) == ("sla.missed", None)
    assert missed["internal"] is True


def test_each_alarm_is_emitted_once_after_an_hour_without_a_worker(
    clock, add_policy, opened, alarms
):
    add_policy(first_response=30, resolution=40)
    url = opened()
    clock.go_on(hours=1)

    first, again = alarms(url), alarms(url)

    resolution = [("sla.warning", "resolution"), ("sla.missed", "resolution")]
    assert first == [FIRST_WARNING, FIRST_MISSED, *resolution]
    assert again == first


def test_a_miss_before_an_answer_is_emitted_with_the_answer(
    clock, api, admin, add_policy, opened, alarms, recompute
):
    add_policy(first_response=30)
    url = opened()
    clock.go_on(hours=1)

    api(admin).post(f"{url}/messages", json={"message": "Sorry."})

    assert alarms(url, emits=False) == [FIRST_WARNING, FIRST_MISSED]
    assert alarms(url) == [FIRST_WARNING, FIRST_MISSED]
    assert recompute() == []


def test_a_target_done_in_time_is_never_missed(
    clock, api, admin, add_policy, opened, alarms
):
    add_policy(first_response=60)
    url = opened()
    clock.go_on(minutes=50)
    alarms(url)
    api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
    clock.go_on(hours=1)

    assert alarms(url) == [FIRST_WARNING]


def test_each_cycle_emits_one_warning_and_one_miss(
    clock, api, customer, admin, add_policy, opened, alarms, recompute
):
    add_policy(next_response=10)
    url = opened()
    for _ in range(2):
        api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
        clock.go_on(hours=1)
        api(customer).post(f"{url}/messages", json={"message": "It is out."})
        clock.go_on(minutes=8)
        alarms(url)
        clock.go_on(minutes=2)
        alarms(url)

    assert alarms(url) == [NEXT_WARNING, NEXT_MISSED] * 2
    assert recompute() == []


def test_paused_target_is_not_missed_until_it_has_counted_on(
    clock, api, customer, admin, add_policy, opened, alarms
):
    add_policy(resolution=60)
    url = opened()
    clock.go_on(minutes=30)
    api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
    clock.go_on(days=3)
    paused = alarms(url)
    api(customer).post(f"{url}/messages", json={"message": "It is out."})

    clock.go_on(minutes=18)
    assert (paused, alarms(url)) == ([], [("sla.warning", "resolution")])


def test_nothing_is_due_on_a_deleted_ticket(clock, api, admin, add_policy, opened, app):
    add_policy(first_response=60)
    url = opened()
    clock.go_on(hours=1)
    api(admin).delete(url)

    with app.app_context():
        emit_due()

    assert api(admin).get(url).status_code == 404


@pytest.mark.parametrize("change", ["policy", "calendar", "priority", "new", "deleted"])
def test_alarms_in_the_past_only_because_of_a_change_are_not_emitted(
    *,
    clock,
    api,
    admin,
    add_calendar,
    add_policy,
    opened,
    alarms,
    recount,
    targets,
    change,
):
    hours = {"tue": [["09:00", "10:00"]]}
    calendar = add_calendar(hours=hours).headers["Location"]
    counted = {"calendar_id": int(calendar.rpartition("/")[2])}
    if change == "new":
        url = opened()
    else:
        goal = 600 if change != "calendar" else 60
        policy = add_policy(first_response=goal, **counted).headers["Location"]
        add_policy(name="strict", first_response=60, priority=["urgent"])
        add_policy(name="next", position=9, first_response=60)
        url = opened()
    clock.go_on(hours=2)

    if change == "policy":
        api(admin).patch(policy, json={"first_response": 60, "calendar_id": None})
    elif change == "calendar":
        api(admin).patch(calendar, json={"hours": {"mon": [["00:00", "24:00"]]}})
    elif change == "priority":
        api(admin).patch(policy, json={"position": 5})
        api(admin).patch(url, json={"priority": "urgent"})
    elif change == "deleted":
        api(admin).delete(policy)
    else:
        add_policy(first_response=60)
    recount()

    assert alarms(url) == []
    missed = targets(url)["first_response"]
    assert (missed["state"], missed["done_at"]) == ("missed", None)
    assert missed["due_at"] == "2026-03-02T09:00:00.000000+00:00"


def test_alarms_due_after_a_change_are_emitted(
    clock, api, admin, add_policy, opened, alarms, recount
):
    policy = add_policy(first_response=600).headers["Location"]
    url = opened()
    clock.go_on(minutes=50)

    api(admin).patch(policy, json={"first_response": 60})
    recount()

    clock.go_on(minutes=9)
    assert alarms(url) == []
    clock.go_on(minutes=1)
    assert alarms(url) == [FIRST_MISSED]


def test_alarms_due_between_a_change_and_its_recount_are_emitted(
    clock, api, admin, add_policy, opened, alarms, recount
):
    policy = add_policy(first_response=600).headers["Location"]
    url = opened()
    clock.go_on(minutes=50)
    api(admin).patch(policy, json={"first_response": 60})
    clock.go_on(minutes=20)  # and no worker works

    recount()

    assert alarms(url) == [FIRST_MISSED]


def test_alarms_that_a_change_has_postponed_are_not_emitted_before_its_recount(
    clock, api, admin, add_policy, opened, alarms, recount
):
    policy = add_policy(first_response=60).headers["Location"]
    url = opened()
    api(admin).patch(policy, json={"first_response": 120})
    clock.go_on(minutes=70)  # and no worker works

    assert alarms(url) == []
    recount()
    assert alarms(url) == []
    clock.go_on(minutes=50)
    assert alarms(url) == [FIRST_WARNING, FIRST_MISSED]


@pytest.mark.parametrize("how", ["recount", "priority"])
def test_alarms_due_by_the_former_policy_are_emitted_when_the_policy_changes(
    clock, api, admin, add_policy, opened, alarms, recount, how
):
    policy = add_policy(first_response=60, priority=["high"]).headers["Location"]
    add_policy(first_response=600)
    url = opened()
    clock.go_on(hours=2)  # and no worker works

    if how == "recount":
        api(admin).delete(policy)
        recount()
    else:
        api(admin).patch(url, json={"priority": "low"})

    assert alarms(url, emits=False) == [FIRST_WARNING, FIRST_MISSED]
    assert alarms(url) == [FIRST_WARNING, FIRST_MISSED]


@pytest.mark.parametrize("change", ["goal", "calendar", "priority", "reopened"])
def test_an_alarm_is_not_emitted_again_after_a_change_of_policies(
    *, clock, api, admin, add_calendar, add_policy, opened, alarms, recount, change
):
    calendar = add_calendar(hours={"mon": [["00:00", "24:00"]]}).headers["Location"]
    counted = {"calendar_id": int(calendar.rpartition("/")[2])}
    policy = add_policy(resolution=60, **counted).headers["Location"]
    add_policy(name="Urgent", resolution=90, priority=["urgent"])
    url = opened()
    clock.go_on(hours=1)
    both = [("sla.warning", "resolution"), ("sla.missed", "resolution")]
    assert alarms(url) == both

    if change == "goal":
        api(admin).patch(policy, json={"resolution": 120})
    elif change == "calendar":
        api(admin).patch(calendar, json={"hours": {"tue": [["00:00", "24:00"]]}})
    elif change == "priority":
        api(admin).patch(policy, json={"priority": ["high"]})
        api(admin).patch(url, json={"priority": "urgent"})
    else:
        api(admin).patch(url, json={"status": "resolved"})
        api(admin).patch(policy, json={"resolution": 120})
        api(admin).patch(url, json={"status": "open"})
    recount()
    clock.go_on(days=3)

    assert alarms(url) == both


def test_alarms_of_a_new_cycle_are_emitted_also_after_a_change_of_policies(
    clock, api, customer, admin, add_policy, opened, alarms, recount
):
    policy = add_policy(next_response=10).headers["Location"]
    url = opened()
    for goal in (20, 10):
        api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
        api(customer).post(f"{url}/messages", json={"message": "It is out."})
        clock.go_on(hours=1)
        alarms(url)
        api(admin).patch(policy, json={"next_response": goal})
        recount()

    assert alarms(url) == [NEXT_WARNING, NEXT_MISSED] * 2


def test_two_workers_emit_each_alarm_once(app, add_policy, opened, alarms):
    add_policy(first_response=1)
    urls = [opened() for _ in range(10)]
    _let_pass(app, timedelta(hours=1))

    def work():
        with app.app_context():
            emit_due()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    for url in urls:
        assert alarms(url) == [FIRST_WARNING, FIRST_MISSED]


def _let_pass(app, time):
    """Let everything have happened earlier: threads do not share a stopped clock."""
    with app.app_context():
        then = utcnow() - time
        db.session.execute(update(Ticket).values(created_at=then))
        db.session.execute(update(ServiceLevel).values(checked_until=then))
        db.session.commit()
        recompute([*db.session.scalars(select(Ticket.id))])


def test_a_ticket_that_fails_does_not_hold_up_the_alarms_of_others(
    clock, app, add_policy, opened, alarms, monkeypatch, caplog
):
    add_policy(first_response=60)
    first, second = opened(), opened()
    clock.go_on(hours=1)
    real = emitting.emit_crossed

    def fail_first(ticket, *rest):
        if first.endswith(f"/{ticket.id}"):
            raise ValueError("broken")
        real(ticket, *rest)

    monkeypatch.setattr(emitting, "emit_crossed", fail_first)
    assert alarms(first) == []
    assert alarms(second, emits=False) == [FIRST_WARNING, FIRST_MISSED]
    assert "cannot emit" in caplog.text


def test_admins_in_the_room_and_internal_webhooks_receive_alarms_and_customers_do_not(
    clock, add_policy, opened, alarms, live, customer, admin
):
    add_policy(first_response=60)
    url = opened()
    ticket_id = int(url.rpartition("/")[2])
    sockets = {user: live(user) for user in (customer, admin)}
    for user, socket in sockets.items():
        asked = {"staff_after": 0} if user is admin else {}
        socket.emit("join", {"ticket_id": ticket_id, **asked}, callback=True)
        socket.get_received()
    clock.go_on(hours=1)

    alarms(url)

    heard = {
        user: [event["name"] for event in socket.get_received()]
        for user, socket in sockets.items()
    }
    assert [name for name in heard[admin] if name.startswith("sla.")] == [
        "sla.warning",
        "sla.missed",
    ]
    assert heard[customer] == []


@pytest.mark.slow
def test_a_worker_emits_an_alarm_within_5_seconds(app, add_policy, opened, alarms):
    add_policy(first_response=60)
    url = opened()
    _let_pass(app, timedelta(minutes=47, seconds=59))
    worker = Worker(app, start=_in_a_thread)
    working = _in_a_thread(worker.run)

    deadline = time.monotonic() + 5
    while not alarms(url, emits=False) and time.monotonic() < deadline:
        time.sleep(0.1)
    worker.stop()
    working.join()

    assert alarms(url, emits=False) == [FIRST_WARNING]


def _in_a_thread(run, *args):
    thread = threading.Thread(target=run, args=args)
    thread.start()
    return thread
