"""Rules on tickets on which nobody has acted for some time."""

from datetime import timedelta

import pytest

from ticketing.core.database import db, utcnow
from ticketing.jobs.models import Job
from ticketing.rules import silences
from ticketing.rules.silences import MAX_TICKETS
from ticketing.tickets.models import Status

HALF_AN_HOUR = {"idle_minutes": 30}
NOTIFY = {"notify": "admins"}


@pytest.fixture
def add_idle(add_rule):
    """Create a rule on idle tickets."""

    def add_idle(conditions=HALF_AN_HOUR, actions=NOTIFY, **more):
        return add_rule("idle", conditions, actions, **more)

    return add_idle


@pytest.fixture
def tried(app):
    """Return the tickets on which rules have been tried."""

    def tried():
        with app.app_context():
            jobs = db.session.scalars(db.select(Job).where(Job.pool == "rules"))
            return [job.data["ticket_id"] for job in jobs]

    return tried


def test_a_ticket_on_which_nobody_acts_is_idle_once(
    clock, add_idle, open_ticket, pass_minutes, applied
):
    add_idle()
    ticket = open_ticket()

    pass_minutes(29)
    before = applied(ticket)
    pass_minutes(1)
    [done] = applied(ticket)
    pass_minutes(60)

    assert before == []
    assert done["on"] == "idle"
    assert done["why"] == [{"condition": "idle_minutes", "value": 30}]
    assert len(applied(ticket)) == 1


@pytest.mark.parametrize("by", ["message", "comment", "change", "reading"])
@pytest.mark.parametrize("who", ["customer", "admin"])
def test_any_public_act_of_a_person_ends_a_silence(
    clock, add_idle, make_ticket, make_message, api, customer, admin, pass_minutes,
    applied, request, by, who,
):
    add_idle()
    ticket = make_ticket(customer)
    other = admin if who == "customer" else customer
    message = make_message(other, ticket=ticket)
    client, url = api(request.getfixturevalue(who)), f"/api/tickets/{ticket.id}"
    pass_minutes(20)

    if by == "message":
        client.post(f"{url}/messages", json={"message": "!"})
    elif by == "comment":
        client.post(f"{url}/comments", json={"content": "!"})
    elif by == "change":
        client.patch(url, json={"subject": "-"})
    else:
        client.post(f"{url}/messages/read", json={"up_to": message.id})
    pass_minutes(29)
    before = applied({"id": ticket.id})
    pass_minutes(1)

    assert (len(before), len(applied({"id": ticket.id}))) == (0, 1)


def test_an_internal_note_and_tags_end_no_silence(
    clock, add_idle, open_ticket, api, admin, pass_minutes, applied
):
    add_idle()
    ticket = open_ticket()
    url = f"/api/tickets/{ticket['id']}"
    pass_minutes(20)

    api(admin).post(f"{url}/comments", json={"content": "!", "internal": True})
    api(admin).put(f"{url}/tags", json={"tags": ["a"]})
    pass_minutes(10)

    assert len(applied(ticket)) == 1


def test_changes_by_rules_and_clocks_end_no_silence(
    clock,
    add_idle,
    add_rule,
    open_ticket,
    alarm,
    poll_idle,
    pass_minutes,
    applied,
    show,
):
    add_rule("sla.missed", actions={"priority": "raise"})
    add_idle()
    ticket = open_ticket()
    pass_minutes(20)

    alarm(ticket)
    poll_idle()
    pass_minutes(10)

    assert [each["on"] for each in applied(ticket)] == ["sla.missed", "idle"]
    assert applied(ticket)[1]["why"][0]["value"] == 30
    assert show(ticket)["priority"] == "medium"


def test_the_actions_of_a_rule_on_an_idle_ticket_end_no_silence(
    clock, add_idle, open_ticket, pass_minutes, applied
):
    add_idle(actions={"priority": "raise"}, name="first")
    add_idle({"idle_minutes": 60}, actions={"priority": "raise"}, name="second")
    ticket = open_ticket(priority="low")

    for _ in range(5):
        pass_minutes(30)

    found = [(each["name"], each["did"]["priority"][1]) for each in applied(ticket)]
    assert found == [("first", "medium"), ("second", "high")]


def test_a_person_who_acts_begins_another_silence(
    clock, add_idle, open_ticket, say, customer, pass_minutes, applied
):
    add_idle(actions={"priority": "raise"})
    ticket = open_ticket(priority="low")
    pass_minutes(30)

    say(customer, ticket)
    pass_minutes(30)
    pass_minutes(30)

    assert len(applied(ticket)) == 2


def test_a_closed_ticket_is_never_idle(
    clock, add_idle, open_ticket, edit, admin, pass_minutes, applied
):
    add_idle()
    closed, resolved = open_ticket(), open_ticket()
    edit(admin, closed, status="closed")
    edit(admin, resolved, status="resolved")

    pass_minutes(90)

    assert (len(applied(closed)), len(applied(resolved))) == (0, 1)


def test_a_ticket_that_rules_close_is_not_idle_again(
    clock, add_idle, open_ticket, pass_minutes, applied, show
):
    add_idle({**HALF_AN_HOUR, "status": ["resolved"]}, {"status": "closed"})
    add_idle(HALF_AN_HOUR, {"status": "closed"})
    add_idle({"idle_minutes": 60})
    ticket = open_ticket()

    pass_minutes(30)
    pass_minutes(60)

    assert show(ticket)["status"] == "closed"
    assert len(applied(ticket)) == 1


def test_a_new_rule_acts_on_tickets_that_are_idle_already(
    clock, add_idle, open_ticket, pass_minutes, poll_idle, applied
):
    ticket = open_ticket()
    pass_minutes(300)

    add_idle()
    poll_idle()

    assert applied(ticket)[0]["why"][0]["value"] == 300


def test_rules_due_on_one_silence_are_tried_by_position_up_to_one_that_stops(
    clock, add_idle, open_ticket, pass_minutes, applied
):
    add_idle(name="last", position=2, stop=True)
    add_idle(name="none", position=3)
    add_idle({"idle_minutes": 20}, name="first", position=1)
    ticket = open_ticket()

    pass_minutes(45)

    assert [each["name"] for each in applied(ticket)] == ["first", "last"]


def test_after_a_rule_that_stops_no_later_rule_acts_on_the_silence(
    clock, add_idle, open_ticket, pass_minutes, applied, show
):
    is_open = {**HALF_AN_HOUR, "status": ["open"]}
    is_resolved = {**HALF_AN_HOUR, "status": ["resolved"]}
    add_idle(is_open, {"status": "resolved"}, position=1, stop=True)
    add_idle(is_resolved, {"status": "closed"}, position=2)
    ticket = open_ticket()

    pass_minutes(30)
    pass_minutes(30)

    assert (show(ticket)["status"], len(applied(ticket))) == ("resolved", 1)


def test_a_ticket_that_a_rule_resolves_is_tried_again_by_rules_for_its_new_status(
    clock, add_idle, open_ticket, edit, admin, pass_minutes, show
):
    is_resolved = {**HALF_AN_HOUR, "status": ["resolved"]}
    add_idle({"idle_minutes": 60, "status": ["open"]}, {"status": "resolved"})
    add_idle(is_resolved, {"status": "closed"})
    older = open_ticket()
    pass_minutes(10)
    younger = open_ticket()
    edit(admin, younger, status="resolved")

    pass_minutes(30)
    before = [show(ticket)["status"] for ticket in (older, younger)]
    pass_minutes(20)

    assert before == ["open", "closed"]
    assert show(older)["status"] == "closed"


def test_a_changed_rule_acts_once_on_silences_before_its_cursor(
    clock, add_idle, open_ticket, pass_minutes, applied, api, admin
):
    rule = add_idle({**HALF_AN_HOUR, "priority": ["urgent"]})
    ticket = open_ticket(priority="low")
    pass_minutes(30)
    before = applied(ticket)

    for idle_minutes in (20, 10):
        conditions = {"idle_minutes": idle_minutes, "priority": ["low"]}
        url = f"/api/rules/{rule['id']}"
        api(admin).patch(url, json={"conditions": conditions})
        pass_minutes(1)

    assert (len(before), len(applied(ticket))) == (0, 1)


def test_at_most_20_idle_tickets_a_second_are_tried(
    time_machine, add_idle, make_ticket, customer, poll_idle, tried
):
    time_machine.move_to(utcnow(), tick=False)
    add_idle({"idle_minutes": 1})
    add_idle({"idle_minutes": 2})
    for _ in range(MAX_TICKETS + 5):
        make_ticket(customer)
    time_machine.shift(timedelta(minutes=5))

    counts = []
    for seconds in (0, 0.5, 0.5, 1, 1):
        time_machine.shift(seconds)
        poll_idle()
        counts.append(len(tried()))

    all_of_them = MAX_TICKETS + 5
    assert counts == [MAX_TICKETS, MAX_TICKETS, *[all_of_them] * 3]
    assert len(set(tried())) == all_of_them


def test_a_rule_with_many_idle_tickets_does_not_delay_other_rules(
    clock, add_idle, make_ticket, open_ticket, customer, pass_minutes, tried, applied
):
    add_idle({"idle_minutes": 1}, name="early")
    pass_minutes(1)
    for _ in range(3 * MAX_TICKETS):
        make_ticket(customer)
    for _ in range(5):
        pass_minutes(1)
    add_idle({"idle_minutes": 1}, name="late")
    ticket, before = open_ticket(), tried()

    pass_minutes(1)

    assert [each["name"] for each in applied(ticket)] == ["early"]
    assert len(tried()) == len(before) + MAX_TICKETS


@pytest.mark.parametrize("rules_status", ["open", "closed"])
def test_tickets_in_statuses_that_a_rule_excludes_delay_no_other_ticket(
    clock, add_idle, make_ticket, open_ticket, customer, pass_minutes, applied,
    rules_status,
):
    add_idle({**HALF_AN_HOUR, "status": [rules_status]})
    for _ in range(MAX_TICKETS):
        make_ticket(customer, status=Status.RESOLVED)
    ticket = open_ticket()

    pass_minutes(30)

    assert len(applied(ticket)) == (rules_status == "open")


def test_a_silence_that_ends_before_its_round_is_not_acted_on(
    app, clock, add_idle, open_ticket, say, customer, applied, work, asleep
):
    add_idle()
    ticket = open_ticket()
    clock.shift(timedelta(minutes=30))
    with app.app_context():
        silences.poll()

    say(customer, ticket)
    work()

    assert applied(ticket) == []


def test_a_round_that_is_late_acts_on_no_silence_that_began_since(
    app, clock, add_idle, open_ticket, say, customer, applied, poll_idle, asleep
):
    add_idle(actions={"priority": "raise"})
    ticket = open_ticket()
    clock.shift(timedelta(minutes=30))
    with app.app_context():
        silences.poll()

    say(customer, ticket)
    clock.shift(timedelta(minutes=30))
    poll_idle()

    assert len(applied(ticket)) == 1


def test_two_workers_find_an_idle_ticket_once(
    app, clock, add_idle, open_ticket, tried, asleep
):
    add_idle()
    ticket = open_ticket()
    clock.shift(timedelta(minutes=30))

    for _ in range(2):
        with app.app_context():
            silences.poll()
        clock.shift(1)

    assert tried() == [ticket["id"]]


def test_idle_tickets_are_not_queried_without_a_rule_for_them(
    app, add_rule, monkeypatch
):
    add_rule("ticket.opened")
    monkeypatch.setattr(silences, "enqueue_due", None)

    with app.app_context():
        silences.poll()


@pytest.mark.parametrize("priority", ["low", "high"])
def test_a_rule_that_stops_does_so_whether_or_not_it_changes_the_ticket(
    clock, add_idle, open_ticket, pass_minutes, show, priority
):
    ten, twenty = {"idle_minutes": 10}, {"idle_minutes": 20}
    add_idle(ten, {"priority": "high"}, position=1, stop=True)
    add_idle(twenty, {"status": "resolved"}, position=2)
    ticket = open_ticket(priority=priority)

    pass_minutes(10)
    pass_minutes(10)

    assert show(ticket)["status"] == "open"
