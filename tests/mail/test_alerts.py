"""Mails to admins of what needs attention"""

import re

import pytest
from sqlalchemy import select

from ticketing.core.database import db
from ticketing.core.transaction import publish, transaction
from ticketing.jobs.models import Job, State
from ticketing.rules.models import Rule, Trigger
from ticketing.service_levels.events import SlaMissed, SlaWarning
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.models import Ticket
from ticketing.webhooks.events import WebhookSwitchedOff
from ticketing.webhooks.models import Webhook

pytestmark = pytest.mark.usefixtures("settings_of_mail")

URL = "https://hooks.example.org/secret-part?key=secret-key"


@pytest.fixture
def webhook(save):
    """A webhook that was switched off."""
    fields = {"events": ["*"], "internal": False, "active": False, "secret": "whsec_"}
    return save(Webhook(url=URL, description="Accounting", **fields))


@pytest.fixture
def switch_off(app, webhook):
    """Say that the webhook was switched off."""

    def switch_off():
        with app.app_context():
            transaction()(publish)(WebhookSwitchedOff(webhook.id))

    return switch_off


def test_a_webhook_that_was_switched_off_is_mailed_to_admins(
    switch_off, mails, admin, colleague, customer
):
    switch_off()

    written = mails()
    assert sorted(mail.to for mail in written) == [admin.email, colleague.email]
    for mail in written:
        assert mail.subject == "A webhook was switched off"
        assert "The webhook Accounting was switched off." in mail.text
        assert re.fullmatch(r"<alert\.\d+\.\d+@example\.org>", mail.id)
        assert mail.message["List-Unsubscribe"]
        assert "secret" not in mail.text + mail.html


def test_a_webhook_without_a_description_is_called_by_its_host(
    app, switch_off, mails, webhook, admin
):
    with app.app_context():
        db.session.get(Webhook, webhook.id).description = None
        db.session.commit()

    switch_off()

    [mail] = mails()
    assert "hooks.example.org" in mail.text
    assert "secret" not in mail.text + mail.html


def test_each_time_is_mailed(switch_off, mails, admin):
    switch_off()
    [first] = mails()
    switch_off()
    [second] = mails()

    assert first.id != second.id


def test_one_that_is_on_again_by_then_is_not_mailed(
    app, switch_off, mails, webhook, admin
):
    switch_off()
    with app.app_context():
        db.session.get(Webhook, webhook.id).active = True
        db.session.commit()

    assert mails() == []


def test_who_has_switched_alerts_off_gets_none(api, switch_off, mails, admin):
    api(admin).patch("/api/me/notifications", json={"email": {"alert": False}})

    switch_off()

    assert mails() == []


@pytest.fixture
def notify(save, api, customer, ticket):
    """Let a rule notify some users of the ticket."""

    def notify(*users):
        actions = {"notify": [user.id for user in users]}
        rule = Rule(name="Angry ones", on=Trigger.UPDATED, actions=actions)
        rule.active, rule.position, rule.conditions, rule.stop = True, 0, {}, False
        save(rule)
        url = f"/api/tickets/{ticket.id}"
        api(customer).patch(url, json={"subject": "Printer still on fire"})

    return notify


def test_whom_a_rule_notifies_is_mailed(notify, mails, ticket, admin, colleague):
    notify(colleague)

    [mail] = mails()
    assert mail.to == colleague.email
    assert mail.subject == f"[#{ticket.id}] Printer still on fire"
    assert "The rule Angry ones notifies you of this ticket." in mail.text
    assert f"/console/tickets/{ticket.id}" in mail.text
    own = f"ticket-{ticket.id}.alert.s1.{colleague.id}@example.org"
    assert mail.id == f"<{own}>"
    assert mail.message["References"] == f"<ticket-{ticket.id}@example.org>"
    assert mail.message["List-Unsubscribe"]


def test_an_alert_is_not_mailed_to_who_is_no_admin_by_then(
    app, notify, api, worker, mails, admin, colleague
):
    notify(colleague)
    with app.app_context():
        assert worker.begin_due() == 1  # the rule acts

    api(admin).patch(f"/api/users/{colleague.id}", json={"role": "customer"})

    assert mails() == []


def test_who_has_switched_alerts_off_gets_none_of_a_rule(api, notify, mails, admin):
    api(admin).patch("/api/me/notifications", json={"email": {"alert": False}})

    notify(admin)

    assert mails() == []


@pytest.fixture
def miss(app, api, admin, ticket):
    """Say that a target of the ticket is nearly, or was, missed."""

    def miss(kind=SlaMissed, target="first_response"):
        due_at = "2026-03-02T09:05:00.000000+00:00"
        payload = {"target": target, "due_at": due_at, "policy_id": 1}

        @transaction()
        def emit():
            lock_tickets(Ticket.id == ticket.id)
            publish(kind(ticket.id, None, payload, internal=True))

        with app.app_context():
            emit()

    return miss


@pytest.mark.parametrize(
    ("kind", "target", "said"),
    [
        (SlaWarning, "first_response", "needs a first response by March 2, 2026"),
        (SlaWarning, "next_response", "needs another response by"),
        (SlaWarning, "resolution", "needs to be resolved by"),
        (SlaMissed, "first_response", "should have had a first response by March 2"),
        (SlaMissed, "next_response", "should have had another response by"),
        (SlaMissed, "resolution", "should have been resolved by"),
    ],
)
def test_what_is_missed_is_mailed_to_every_admin_of_an_unassigned_ticket(
    miss, mails, ticket, admin, colleague, customer, kind, target, said
):
    miss(kind, target)

    written = mails()
    assert sorted(mail.to for mail in written) == [admin.email, colleague.email]
    for mail in written:
        assert said in mail.text
        assert mail.subject == f"[#{ticket.id}] Printer on fire"
        assert re.fullmatch(
            rf"<ticket-{ticket.id}\.alert\.s1\.\d+@example\.org>", mail.id
        )


def test_what_is_missed_is_mailed_to_the_assignee_alone(
    api, miss, sent, ticket, admin, colleague
):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"assigned_to": admin.id})
    sent()

    miss()

    assert sent() == [f"alert to {admin.email}"]


def test_whoever_is_assigned_meanwhile_is_mailed_instead(
    app, api, miss, worker, mails, ticket, admin, colleague
):
    miss()
    with app.app_context():
        assert worker.begin_due() == 1  # whom to mail is planned
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"assigned_to": admin.id})

    alerts = [mail.to for mail in mails() if mail.kind == "alert"]
    assert alerts == [admin.email]


@pytest.mark.parametrize("why", ["reassigned", "deactivated"])
def test_an_alert_that_failed_goes_to_who_is_support_when_it_is_retried(
    api, clock, miss, work, sent, mails_fail, ticket, admin, colleague, why
):
    path = f"/api/tickets/{ticket.id}"
    api(admin).patch(path, json={"assigned_to": colleague.id})
    sent()
    with mails_fail():
        miss()
        work()

    if why == "reassigned":
        api(admin).patch(path, json={"assigned_to": admin.id})
    else:
        api(admin).patch(f"/api/users/{colleague.id}", json={"active": False})
    clock.shift(12)

    assert sent() == [f"alert to {admin.email}"]


def test_alerts_that_are_planned_twice_are_mailed_once(
    app, miss, sent, admin, colleague
):
    miss()
    first = sent()
    with app.app_context():
        for job in db.session.scalars(select(Job).where(Job.pool == "mail_support")):
            job.state, job.due_at = State.DUE, job.created_at
        db.session.commit()

    again = sent()

    assert first == [f"alert to {admin.email}", f"alert to {colleague.email}"]
    assert again == []


def test_whom_a_rule_notifies_is_mailed_though_another_one_is_assigned(
    notify, change_by_itself, clock, work, sent, mails_fail, admin, colleague
):
    with mails_fail():
        notify(colleague)
        work()

    change_by_itself(assigned_to=admin.id)
    clock.shift(12)

    assert sent() == [f"alert to {colleague.email}", f"assigned to {admin.email}"]


def test_who_has_switched_alerts_off_gets_none_of_a_miss(api, miss, mails, admin):
    api(admin).patch("/api/me/notifications", json={"email": {"alert": False}})

    miss()

    assert mails() == []


def test_a_miss_of_a_deleted_ticket_is_not_mailed(api, miss, mails, ticket, admin):
    miss()
    api(admin).delete(f"/api/tickets/{ticket.id}")

    assert mails() == []
