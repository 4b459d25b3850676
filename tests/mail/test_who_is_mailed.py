"""The recipients of each kind of mail, decided when it is sent"""

import pytest

from ticketing.accounts.models import Role, User
from ticketing.core.database import db
from ticketing.jobs.models import Job, State
from ticketing.tickets.models import Status

pytestmark = pytest.mark.usefixtures("settings_of_mail")


@pytest.fixture
def wants_all(api):
    """Switch every kind of mail on for a user."""

    def wants_all(user):
        kinds = api(user).get("/api/me/notifications").json["email"]
        api(user).patch(
            "/api/me/notifications", json={"email": dict.fromkeys(kinds, True)}
        )

    return wants_all


@pytest.fixture
def change(app):
    """Change columns of a user behind the back of the service."""

    def change(user, **columns):
        with app.app_context():
            for name, value in columns.items():
                setattr(db.session.get(User, user.id), name, value)
            db.session.commit()

    return change


@pytest.fixture
def edit(api):
    """Change a ticket as a user."""

    def edit(user, ticket, **changes):
        assert api(user).patch(ticket, json=changes).status_code == 200

    return edit


def test_a_new_ticket_is_confirmed_to_its_customer(open_ticket, mails, customer, admin):
    open_ticket()

    [mail] = mails()
    assert repr(mail) == f"ticket_received to {customer.email}"
    assert mail.subject.endswith("Printer on fire")
    assert "It burns." in mail.text


def test_a_new_ticket_is_mailed_to_the_admins_who_want_it(
    open_ticket, sent, customer, admin, colleague, wants_all
):
    wants_all(colleague)

    open_ticket()

    assert sent() == [
        f"ticket_opened to {colleague.email}",
        f"ticket_received to {customer.email}",
    ]


def test_an_admin_is_not_mailed_that_they_opened_a_ticket(
    open_ticket, sent, admin, wants_all
):
    wants_all(admin)

    open_ticket(admin)

    assert sent() == [f"ticket_received to {admin.email}"]


def test_an_assigned_ticket_is_mailed_to_the_assignee(
    open_ticket, edit, mails, admin, colleague
):
    ticket = open_ticket()
    mails()

    edit(colleague, ticket, assigned_to=admin.id)

    [mail] = mails()
    assert repr(mail) == f"assigned to {admin.email}"
    assert f"{colleague.name} has assigned this ticket to you." in mail.text


def test_a_ticket_that_a_rule_assigns_is_mailed_without_the_name_of_anyone(
    ticket, change_by_itself, mails, admin
):
    change_by_itself(assigned_to=admin.id)

    [mail] = mails()
    assert repr(mail) == f"assigned to {admin.email}"
    assert "This ticket has been assigned to you." in mail.text


def test_a_ticket_that_a_rule_closes_is_mailed_to_its_customer(
    ticket, change_by_itself, sent, customer
):
    change_by_itself(status=Status.CLOSED)

    assert sent() == [f"status to {customer.email}"]


def test_a_ticket_that_one_takes_is_not_mailed(open_ticket, edit, sent, admin):
    ticket = open_ticket()
    sent()

    edit(admin, ticket, assigned_to=admin.id)

    assert sent() == []


def test_a_ticket_that_went_on_to_another_is_mailed_to_that_one_alone(
    open_ticket, edit, sent, admin, colleague, make_user
):
    boss, ticket = make_user("Boss", Role.ADMIN), open_ticket()
    sent()

    edit(boss, ticket, assigned_to=admin.id)
    edit(boss, ticket, assigned_to=colleague.id)

    assert sent() == [f"assigned to {colleague.email}"]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("open", "resolved", "has been resolved"),
        ("in_progress", "closed", "has been closed"),
        ("resolved", "closed", "has been closed"),
        ("closed", "open", "has been reopened"),
        ("resolved", "in_progress", "has been reopened"),
    ],
)
def test_an_end_and_a_reopening_by_support_is_mailed_to_the_customer(
    open_ticket, edit, mails, admin, customer, before, after, says
):
    ticket = open_ticket()
    edit(admin, ticket, status=before)
    mails()

    edit(admin, ticket, status=after)

    [mail] = mails()
    assert repr(mail) == f"status to {customer.email}"
    assert says in mail.text


def test_work_that_begins_is_not_mailed(open_ticket, edit, sent, admin):
    ticket = open_ticket()
    sent()

    edit(admin, ticket, status="in_progress")

    assert sent() == []


def test_customers_are_not_mailed_the_status_that_they_set(
    open_ticket, edit, say, sent, customer, admin
):
    ticket = open_ticket()
    edit(customer, ticket, status="resolved")
    say(customer, ticket, "It burns again.")

    assert "status" not in " ".join(sent())


@pytest.mark.parametrize("kind", ["messages", "comments"])
def test_a_reply_of_support_is_mailed_to_the_customer(
    open_ticket, say, mails, admin, customer, kind
):
    ticket = open_ticket()
    mails()

    say(admin, ticket, "Unplug it.", kind)

    [mail] = mails()
    assert repr(mail) == f"reply to {customer.email}"
    assert "Unplug it." in mail.text
    assert admin.name in mail.text


@pytest.mark.parametrize("kind", ["messages", "comments"])
def test_a_reply_of_the_customer_is_mailed_to_the_assignee(
    open_ticket, edit, say, sent, admin, colleague, customer, kind
):
    ticket = open_ticket()
    edit(admin, ticket, assigned_to=admin.id)
    sent()

    say(customer, ticket, "It is out.", kind)

    assert sent() == [f"reply to {admin.email}"]


def test_a_reply_on_an_unassigned_ticket_is_mailed_to_every_active_admin(
    open_ticket, say, sent, admin, colleague, customer, make_user
):
    make_user("Gone", Role.ADMIN, active=False)
    ticket = open_ticket()
    sent()

    say(customer, ticket, "It is out.")

    assert sent() == [f"reply to {admin.email}", f"reply to {colleague.email}"]


def test_an_admin_is_not_mailed_what_they_write_on_their_own_ticket(
    open_ticket, say, sent, admin, colleague
):
    ticket = open_ticket(admin)
    sent()

    say(admin, ticket, "Anyone?")

    assert sent() == [f"reply to {colleague.email}"]


def test_an_admin_is_mailed_what_colleagues_answer_on_their_own_ticket(
    open_ticket, say, sent, admin, colleague
):
    ticket = open_ticket(admin)
    sent()

    say(colleague, ticket, "Yes?")

    assert sent() == [f"reply to {admin.email}"]


@pytest.mark.parametrize("columns", [{"active": False}, {"email_confirmed": False}])
def test_nothing_is_mailed_to_whom_it_may_not_reach_at_sending(
    open_ticket, edit, say, sent, change, wants_all, admin, colleague, customer, columns
):
    wants_all(admin)
    ticket = open_ticket()
    edit(colleague, ticket, assigned_to=admin.id, status="resolved")
    say(colleague, ticket, "Unplug it.")
    say(customer, ticket, "It is out.")
    for user in (admin, customer):
        change(user, **columns)

    # The assignee who is deactivated here is still the assignee of the row, but then
    # counts as none.
    active = [f"reply to {colleague.email}"] if "active" in columns else []
    assert sent() == active


def test_nothing_is_mailed_of_what_one_may_no_longer_see(
    app, open_ticket, say, sent, change, admin, customer, stranger
):
    say(admin, open_ticket(), "Unplug it.")
    ticket = open_ticket(admin)
    say(admin, ticket, "Anyone?")
    change(admin, role=Role.CUSTOMER)

    # The former admin still sees the ticket of their own, and no other.
    assert sent() == [
        f"reply to {customer.email}",
        f"ticket_received to {admin.email}",
        f"ticket_received to {customer.email}",
    ]


def test_a_closed_ticket_is_not_mailed_to_its_assignee_who_was_demoted(
    api, open_ticket, edit, sent, admin, colleague, customer
):
    ticket = open_ticket()
    sent()
    edit(colleague, ticket, assigned_to=admin.id, status="closed")

    api(colleague).patch(f"/api/users/{admin.id}", json={"role": "customer"})

    assert api(colleague).get(ticket).json["assignee"]["id"] == admin.id
    assert sent() == [f"status to {customer.email}"]


def test_nothing_is_mailed_of_a_ticket_that_was_deleted(
    api, open_ticket, edit, say, sent, admin, colleague, customer
):
    ticket = open_ticket()
    edit(colleague, ticket, assigned_to=admin.id, status="resolved")
    say(colleague, ticket, "Unplug it.")

    api(customer).delete(ticket)

    assert sent() == []


def test_without_mails_there_are_no_jobs(
    app, monkeypatch, open_ticket, edit, say, admin, colleague, customer
):
    monkeypatch.setitem(app.config, "MAIL_URL", "none")

    ticket = open_ticket()
    edit(colleague, ticket, assigned_to=admin.id, status="resolved")
    say(customer, ticket, "It is out.")

    with app.app_context():
        assert db.session.query(Job).count() == 0


def test_jobs_from_when_mails_were_on_send_none(app, monkeypatch, open_ticket, sent):
    open_ticket()
    monkeypatch.setitem(app.config, "MAIL_URL", "none")
    monkeypatch.setitem(app.config, "MAIL_FROM", "")

    assert sent() == []
    with app.app_context():
        assert {*db.session.scalars(db.select(Job.state))} == {State.DONE}
