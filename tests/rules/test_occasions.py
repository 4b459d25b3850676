"""The occasions on which rules are tried, their order, and that rules act once."""

import pytest

from ticketing.accounts.models import Role
from ticketing.core.database import db, utcnow
from ticketing.jobs.kinds import JobError
from ticketing.jobs.leasing import LEASE
from ticketing.jobs.models import Job
from ticketing.jobs.worker import Worker
from ticketing.rules import rounds

LANE = "rules.ticket.{id}"


@pytest.fixture
def rounds_of(app):
    """Return the triggers of the jobs of rules, in order."""

    def rounds_of():
        with app.app_context():
            found = db.select(Job).where(Job.pool == "rules").order_by(Job.id)
            return [job.data["on"] for job in db.session.scalars(found)]

    return rounds_of


@pytest.fixture
def every_rule(add_rule):
    """Add a rule for each trigger but ``idle``."""
    actions = {"notify": "admins"}
    for on in ("opened", "updated"):
        add_rule(f"ticket.{on}", actions=actions)
    for on in ("customer.replied", "sla.warning", "sla.missed"):
        add_rule(on, actions=actions)


def test_rules_are_tried_on_an_opened_ticket(every_rule, open_ticket, work, applied):
    ticket = open_ticket()

    work()

    assert [each["on"] for each in applied(ticket)] == ["ticket.opened"]


def test_rules_are_tried_on_a_change_by_a_person(
    every_rule, open_ticket, edit, admin, customer, work, applied
):
    ticket = open_ticket()

    edit(admin, ticket, priority="high")
    edit(customer, ticket, subject="Printer still on fire")
    edit(customer, ticket, subject="Printer still on fire")
    work()

    assert [each["on"] for each in applied(ticket)] == [
        *("ticket.opened", "ticket.updated", "ticket.updated"),
    ]


def test_rules_are_tried_on_a_reply_of_the_customer(
    every_rule, open_ticket, say, api, admin, customer, rounds_of, asleep
):
    ticket, own = open_ticket(), open_ticket(admin)
    comments = f"/api/tickets/{ticket['id']}/comments"

    say(customer, ticket)
    say(admin, ticket)
    api(customer).post(comments, json={"content": "!"})
    api(admin).post(comments, json={"content": "?"})
    api(admin).post(comments, json={"content": "?", "internal": True})
    say(admin, own)

    assert rounds_of() == ["ticket.opened"] * 2 + ["customer.replied"] * 3


def test_a_reply_that_reopens_a_ticket_is_tried_as_a_change_and_then_as_a_reply(
    every_rule, open_ticket, edit, say, admin, customer, rounds_of, asleep
):
    ticket = open_ticket()
    edit(admin, ticket, status="resolved")

    say(customer, ticket)

    assert rounds_of() == [
        *("ticket.opened", "ticket.updated", "ticket.updated", "customer.replied"),
    ]


@pytest.mark.parametrize("name", ["sla.warning", "sla.missed"])
def test_rules_are_tried_on_warnings_and_misses_of_targets(
    every_rule, open_ticket, alarm, work, applied, name
):
    ticket = open_ticket()

    alarm(ticket, name)
    work()

    assert [each["on"] for each in applied(ticket)] == ["ticket.opened", name]


def test_rules_are_tried_on_nothing_else(
    every_rule, ticket, api, admin, customer, make_message, rounds_of, asleep
):
    message, url = make_message(admin), f"/api/tickets/{ticket.id}"

    api(admin).put(f"{url}/tags", json={"tags": ["refund"]})
    api(customer).post(f"{url}/messages/read", json={"up_to": message.id})

    assert rounds_of() == []


def test_no_round_is_enqueued_without_an_active_rule(
    add_rule, api, admin, open_ticket, say, edit, customer, rounds_of, asleep
):
    add_rule("ticket.opened", active=False)
    rule = add_rule("ticket.updated")
    api(admin).patch(f"/api/rules/{rule['id']}", json={"active": False})

    ticket = open_ticket()
    say(customer, ticket)
    edit(customer, ticket, subject="-")

    assert rounds_of() == []


def test_a_rule_that_was_deleted_or_switched_off_meanwhile_does_nothing(
    add_rule, api, admin, open_ticket, work, applied, asleep
):
    urls = [f"/api/rules/{add_rule()['id']}" for _ in range(2)]
    ticket = open_ticket()

    api(admin).delete(urls[0])
    api(admin).patch(urls[1], json={"active": False})
    work()

    assert applied(ticket) == []


def test_the_round_of_a_ticket_deleted_meanwhile_does_nothing(
    add_rule, api, customer, open_ticket, work, rounds_of, app, asleep
):
    add_rule()
    ticket = open_ticket()
    api(customer).delete(f"/api/tickets/{ticket['id']}")

    work()

    with app.app_context():
        [job] = db.session.scalars(db.select(Job).where(Job.pool == "rules"))
        assert job.state == "done"


def test_rules_are_tried_by_position_then_by_id(add_rule, open_ticket, work, applied):
    actions = {"notify": "admins"}
    names = {"third": 2, "first": 1, "second": 1, "zeroth": 0}
    for name, position in names.items():
        add_rule(actions=actions, name=name, position=position)

    ticket = open_ticket()
    work()

    found = [each["name"] for each in applied(ticket)]
    assert found == ["zeroth", "first", "second", "third"]


def test_later_rules_see_what_earlier_ones_did(
    add_rule, open_ticket, work, applied, show
):
    add_rule(actions={"priority": "high"}, position=1)
    is_high = {"priority": ["high"]}
    add_rule(conditions=is_high, actions={"status": "in_progress"}, position=2)
    in_progress = {"status": ["in_progress"]}
    add_rule(conditions=in_progress, actions={"priority": "raise"}, position=3)
    add_rule(conditions={"status": ["open"]}, actions={"notify": "admins"}, position=4)

    ticket = open_ticket()
    work()

    assert [each["did"] for each in applied(ticket)] == [
        {"priority": ["low", "high"]},
        {"status": ["open", "in_progress"]},
        {"priority": ["high", "urgent"]},
    ]
    assert show(ticket)["priority"] == "urgent"


def test_a_rule_that_stops_is_the_last_where_it_applies(
    add_rule, open_ticket, work, applied
):
    actions = {"notify": "admins"}
    never = {"priority": ["urgent"]}
    add_rule(conditions=never, actions=actions, position=1, stop=True, name="never")
    add_rule(actions=actions, position=2, name="first")
    add_rule(actions=actions, position=3, stop=True, name="last")
    add_rule(actions=actions, position=4, name="none")

    ticket = open_ticket()
    work()

    assert [each["name"] for each in applied(ticket)] == ["first", "last"]


def test_a_rule_that_applies_and_has_nothing_to_do_stops_as_well(
    add_rule, open_ticket, work, applied
):
    add_rule(actions={"priority": "low"}, position=1, stop=True)
    add_rule(actions={"notify": "admins"}, position=2)

    ticket = open_ticket(priority="low")
    work()

    assert applied(ticket) == []


def test_a_round_tries_the_ticket_as_it_is_when_it_runs(
    add_rule, open_ticket, edit, admin, work, applied, asleep
):
    add_rule(conditions={"priority": ["low"]}, actions={"notify": "admins"})
    add_rule(conditions={"priority": ["high"]}, actions={"status": "in_progress"})
    ticket = open_ticket(priority="low")

    edit(admin, ticket, priority="high")
    work()

    [done] = applied(ticket)
    assert done["did"] == {"status": ["open", "in_progress"]}


def test_rounds_of_one_ticket_run_one_after_another(
    app, add_rule, open_ticket, say, customer, applied, work, asleep
):
    add_rule("ticket.opened", actions={"notify": "admins"})
    add_rule("customer.replied", actions={"notify": "admins"})
    ticket = open_ticket()
    say(customer, ticket)
    begun = []

    with app.app_context():
        Worker(app, start=lambda run, job: begun.append(job)).begin_due()
    assert [job.data["on"] for job in begun] == ["ticket.opened"]
    with app.app_context():
        rounds.run_round(begun[0])
    work()

    found = [each["on"] for each in applied(ticket)]
    assert found == ["ticket.opened", "customer.replied"]


def test_changes_by_rules_are_no_occasion_for_rules(
    add_rule, open_ticket, edit, admin, work, applied, show
):
    raise_it = {"priority": "raise"}
    add_rule("ticket.opened", actions=raise_it)
    add_rule("ticket.updated", actions=raise_it)

    ticket = open_ticket(priority="low")
    work()
    after_opening = show(ticket)["priority"]
    edit(admin, ticket, subject="-")
    work()

    assert after_opening == "medium"
    assert show(ticket)["priority"] == "high"
    assert len(applied(ticket)) == 2


def test_rules_that_undo_each_other_act_once_each(
    add_rule, open_ticket, edit, admin, work, applied
):
    opens = {"conditions": {"status": ["closed"]}, "actions": {"status": "open"}}
    closes = {"conditions": {"status": ["open"]}, "actions": {"status": "closed"}}
    add_rule("ticket.updated", position=1, **closes)
    add_rule("ticket.updated", position=2, **opens)
    ticket = open_ticket()

    edit(admin, ticket, subject="-")
    work()

    found = [each["did"]["status"] for each in applied(ticket)]
    assert found == [["open", "closed"], ["closed", "open"]]


def test_a_round_that_is_run_twice_acts_once(
    app, add_rule, open_ticket, applied, show, asleep
):
    add_rule(actions={"priority": "raise", "notify": "admins"})
    ticket, begun = open_ticket(priority="low"), []

    with app.app_context():
        Worker(app, start=lambda run, job: begun.append(job)).begin_due()
    [job] = begun
    with app.app_context():
        rounds.run_round(job)
    with app.app_context(), pytest.raises(JobError, match="LeaseLost"):
        rounds.run_round(job)

    assert len(applied(ticket)) == 1
    assert show(ticket)["priority"] == "medium"


def test_a_round_whose_worker_died_is_done_by_another(
    app, add_rule, open_ticket, applied, work, time_machine, monkeypatch, asleep
):
    add_rule(actions={"priority": "raise"})
    ticket, begun = open_ticket(priority="low"), []
    with app.app_context():
        Worker(app, start=lambda run, job: begun.append(job)).begin_due()

    def die(job):
        raise SystemExit

    [job] = begun
    with monkeypatch.context() as patched, app.app_context():
        patched.setattr("ticketing.jobs.service.complete", die)
        with pytest.raises(SystemExit):
            rounds.run_round(job)
    undone = applied(ticket)
    time_machine.move_to(utcnow() + LEASE)
    work()

    assert undone == []
    assert len(applied(ticket)) == 1
    with app.app_context(), pytest.raises(JobError, match="LeaseLost"):
        rounds.run_round(job)
    assert len(applied(ticket)) == 1


def test_two_workers_that_do_a_round_act_once(
    app, add_rule, open_ticket, applied, time_machine, asleep
):
    add_rule(actions={"priority": "raise"})
    ticket, begun = open_ticket(priority="low"), []
    with app.app_context():
        Worker(app, start=lambda run, job: begun.append(job)).begin_due()
        time_machine.move_to(utcnow() + LEASE)
        Worker(app, start=lambda run, job: begun.append(job)).begin_due()
    slow, other = begun

    with app.app_context(), pytest.raises(JobError, match="LeaseLost"):
        rounds.run_round(slow)
    between = applied(ticket)
    with app.app_context():
        rounds.run_round(other)

    assert (len(between), len(applied(ticket))) == (0, 1)


def test_rules_act_without_regard_to_who_opened_the_ticket(
    add_rule, open_ticket, make_user, work, applied
):
    add_rule()

    tickets = [open_ticket(make_user(name, role)) for name, role in (
        *(("Dora", Role.CUSTOMER), ("Eva", Role.ADMIN)),
    )]
    work()

    assert [len(applied(ticket)) for ticket in tickets] == [1, 1]
