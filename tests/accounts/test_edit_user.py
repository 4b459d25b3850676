"""PATCH /api/users/<id>"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select, update

from ticketing.accounts import service
from ticketing.accounts.models import Caller, Role, User
from ticketing.core.database import db
from ticketing.core.errors import ForbiddenError
from ticketing.tickets.models import Status

DEMOTED, DEACTIVATED = {"role": "customer"}, {"active": False}


@pytest.fixture
def edit(api):
    """Change a user's rights as another user."""

    def edit(actor, user, **body):
        return api(actor).patch(f"/api/users/{user.id}", json=body)

    return edit


def test_admins_change_a_users_role_and_activity(api, edit, admin, customer):
    before = api(admin).get(f"/api/users/{customer.id}").json

    response = edit(admin, customer, role="admin", active=False)

    after = response.json
    assert response.status_code == 200
    assert (after["role"], after["active"]) == ("admin", False)
    assert after["updated_at"] > before["updated_at"]
    assert api(admin).get(f"/api/users/{customer.id}").json == after


@pytest.mark.parametrize("body", [{}, {"role": "customer"}, {"active": True}])
def test_editing_a_user_without_a_change_keeps_updated_at_and_sockets(
    api, edit, live, admin, customer, body
):
    before = api(admin).get(f"/api/users/{customer.id}").json
    socket = live(customer)

    response = edit(admin, customer, **body)

    assert (response.status_code, response.json) == (200, before)
    assert socket.is_connected()


def test_a_promotion_counts_from_the_very_next_request(
    api, edit, admin, customer, make_ticket, stranger
):
    client, ticket = api(customer), make_ticket(stranger)
    assert client.get(f"/api/tickets/{ticket.id}").status_code == 404

    edit(admin, customer, role="admin")

    assert client.get(f"/api/tickets/{ticket.id}").status_code == 200
    assert client.get("/api/me").json["role"] == "admin"


def test_a_demotion_counts_from_the_very_next_request(
    api, edit, admin, colleague, ticket
):
    client = api(colleague)
    assert client.get(f"/api/tickets/{ticket.id}").status_code == 200

    edit(admin, colleague, **DEMOTED)

    assert client.get(f"/api/tickets/{ticket.id}").status_code == 404
    assert client.get("/api/users").status_code == 403
    assert "active" not in client.get("/api/me").json


def test_a_deactivated_user_loses_all_tokens_for_good(api, edit, admin, customer):
    client = api(customer)

    edit(admin, customer, **DEACTIVATED)
    refused = client.get("/api/me")
    edit(admin, customer, active=True)

    assert (refused.status_code, refused.json["code"]) == (401, "unauthenticated")
    assert client.get("/api/me").status_code == 401
    assert api(customer).get("/api/me").status_code == 200


@pytest.mark.parametrize("change", [DEMOTED, DEACTIVATED])
def test_a_demotion_or_deactivation_disconnects_the_sockets_of_the_user(
    edit, live, admin, colleague, change
):
    theirs, other = live(colleague), live(admin)

    edit(admin, colleague, **change)

    assert not theirs.is_connected()
    assert other.is_connected()


@pytest.mark.parametrize("change", [DEMOTED, DEACTIVATED])
@pytest.mark.parametrize("status", [Status.OPEN, Status.IN_PROGRESS, Status.RESOLVED])
def test_a_demotion_or_deactivation_unassigns_unclosed_tickets(
    api, edit, admin, colleague, customer, make_ticket, change, status
):
    ticket = make_ticket(customer, assigned_to=colleague.id, status=status)

    edit(admin, colleague, **change)

    shown = api(admin).get(f"/api/tickets/{ticket.id}").json
    assert (shown["assigned_to"], shown["assignee"]) == (None, None)
    assert shown["status"] == status


@pytest.mark.parametrize("change", [DEMOTED, DEACTIVATED])
def test_a_demotion_keeps_closed_tickets_and_those_of_others_assigned(
    api, edit, admin, colleague, customer, make_ticket, change
):
    closed = make_ticket(customer, assigned_to=colleague.id, status=Status.CLOSED)
    other = make_ticket(customer, assigned_to=admin.id)

    edit(admin, colleague, **change)

    for ticket, assignee in ((closed, colleague), (other, admin)):
        shown = api(admin).get(f"/api/tickets/{ticket.id}").json
        assert shown["assigned_to"] == assignee.id
        assert shown["assignee"]["id"] == assignee.id


def test_unassigning_by_a_demotion_is_emitted_and_recorded(
    api, edit, listen, heard, admin, colleague, customer, ticket
):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"assigned_to": colleague.id})
    client = listen(customer)

    edit(admin, colleague, **DEMOTED)

    (event,) = heard(client)
    history = api(customer).get(f"/api/tickets/{ticket.id}/events").json["data"]
    assert (event["name"], event["actor_id"]) == ("ticket.updated", admin.id)
    assert event["payload"]["changes"] == {"assigned_to": [colleague.id, None]}
    assert event["payload"]["assignee"] is None
    assert history[-1] == event


def test_a_promotion_unassigns_no_ticket(
    api, edit, admin, customer, colleague, make_ticket
):
    ticket = make_ticket(customer, assigned_to=colleague.id)

    edit(admin, customer, role="admin")

    shown = api(admin).get(f"/api/tickets/{ticket.id}").json
    assert shown["assigned_to"] == colleague.id


@pytest.mark.parametrize("change", [DEMOTED, DEACTIVATED])
def test_the_last_active_admin_stays(api, edit, admin, make_user, ticket, change):
    make_user("Gone", Role.ADMIN, active=False)
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"assigned_to": admin.id})

    response = edit(admin, admin, **change)

    shown = api(admin).get(f"/api/tickets/{ticket.id}").json
    assert (response.status_code, response.json["code"]) == (409, "last_admin")
    assert shown["assigned_to"] == admin.id
    assert api(admin).get("/api/me").json["active"] is True


@pytest.mark.parametrize("change", [DEMOTED, DEACTIVATED])
def test_an_admin_may_be_demoted_or_deactivated_while_another_is_left(
    edit, admin, colleague, change
):
    assert edit(admin, admin, **change).status_code == 200
    assert edit(colleague, colleague, **change).status_code == 409


@pytest.mark.parametrize("change", [DEMOTED, DEACTIVATED])
def test_two_admins_demoting_each_other_leave_one_admin(
    api, edit, admin, colleague, monkeypatch, change
):
    together, change_rights = Barrier(2), service.change_rights

    def set_together(*args, **kwargs):
        together.wait(10)
        return change_rights(*args, **kwargs)

    monkeypatch.setattr(service, "change_rights", set_together)

    with ThreadPoolExecutor(2) as pool:
        sent = [
            pool.submit(edit, actor, user, **change)
            for actor, user in ((admin, colleague), (colleague, admin))
        ]
        statuses = [each.result().status_code for each in sent]

    left = admin if statuses[0] == 200 else colleague
    admins = api(left).get("/api/users?role=admin&active=true").json["data"]
    assert sorted(statuses) == [200, 403]
    assert [user["id"] for user in admins] == [left.id]


@pytest.mark.parametrize(
    "call", [{"method": "PATCH", "json": DEMOTED}, {"method": "DELETE"}]
)
def test_an_admin_demoted_while_they_wait_for_a_lock_changes_nobody(
    app, api, admin, colleague, monkeypatch, call
):
    lock = service.lock_for_change

    def lock_later(user_id):
        demoted = update(User).where(User.id == admin.id).values(role=Role.CUSTOMER)
        db.session.execute(demoted, execution_options={"synchronize_session": False})
        return lock(user_id)

    monkeypatch.setattr(service, "lock_for_change", lock_later)
    response = api(admin).open(f"/api/users/{colleague.id}", **call)

    assert response.status_code == 403
    with app.app_context():
        assert db.session.get(User, colleague.id).is_admin


def test_changing_rights_does_not_wait_for_foreign_key_locks_on_other_admins(
    app, api, admin, colleague, customer
):
    # A foreign key takes a shared lock on the row referred to, as in a reassignment.
    referred = select(User.id).where(User.id == colleague.id)
    client = api(admin)

    with app.app_context(), db.engine.connect() as connection, connection.begin():
        if connection.dialect.name != "sqlite":
            connection.exec_driver_sql("BEGIN")  # connections commit by themselves
        connection.execute(referred.with_for_update(read=True))
        with ThreadPoolExecutor(1) as pool:
            url = f"/api/users/{customer.id}"
            sent = pool.submit(client.patch, url, json={"role": "admin"})
            try:
                response = sent.result(timeout=10)
            finally:
                connection.rollback()

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"role": "owner"}, "role"),
        ({"role": None}, "role"),
        ({"active": None}, "active"),
        ({"active": "false"}, "active"),
        ({"active": 0}, "active"),
        ({"name": "Carl"}, "name"),
        ({"email": "x@example.org"}, "email"),
        ({"password": "battery staple"}, "password"),
    ],
)
def test_editing_a_user_names_the_invalid_field(edit, admin, customer, body, field):
    response = edit(admin, customer, **body)

    assert (response.status_code, response.json["code"]) == (422, "invalid")
    assert list(response.json["errors"]) == [field]


def test_a_demoted_actor_passed_by_keyword_cannot_change_rights(
    app, edit, admin, colleague, customer
):
    fields = Caller.__annotations__
    caller = Caller(**{name: getattr(colleague, name) for name in fields})
    edit(admin, colleague, **DEMOTED)

    with app.app_context():
        with pytest.raises(ForbiddenError):
            service.change_rights(actor=caller, user_id=customer.id, role=Role.ADMIN)

        assert db.session.get(User, customer.id).role is Role.CUSTOMER
