"""DELETE /api/me and DELETE /api/users/<id>"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from ticketing.accounts import closing, service
from ticketing.accounts.models import Caller, Role, User
from ticketing.accounts.passwords import hash_password
from ticketing.core.database import db
from ticketing.core.errors import InvalidError, UnauthenticatedError
from ticketing.tickets.models import Status

PASSWORD = "correct horse"
RIGHT = {"current_password": PASSWORD}


@pytest.fixture
def with_password(app, make_user):
    """Store a user who can log in."""

    def with_password(name, role=Role.CUSTOMER):
        user = make_user(name, role)
        with app.app_context():
            db.session.get(User, user.id).password = hash_password(PASSWORD)
            db.session.commit()
        return user

    return with_password


@pytest.fixture
def row(app):
    """Return a user as the database has it now."""

    def row(user):
        with app.app_context():
            return db.session.get(User, user.id)

    return row


@pytest.fixture
def login(anyone):
    """Log in with an email; return the response."""
    return lambda email: anyone.post(
        "/api/login", json={"email": email, "password": PASSWORD}
    )


@pytest.fixture
def call(api):
    """Close an account as its user, or as an admin."""

    def call(actor, user):
        if actor is user:
            return api(user).delete("/api/me", json=RIGHT)
        return api(actor).delete(f"/api/users/{user.id}")

    return call


def test_a_closed_account_has_neither_name_email_nor_password(
    with_password, call, row, login
):
    dana = with_password("Dana")

    response = call(dana, dana)

    closed = row(dana)
    assert (response.status_code, response.data) == (204, b"")
    assert (closed.name, closed.email, closed.password) == ("Deleted user", "", None)
    assert "dana" not in f"{closed.email_key}{closed.name_folded}{closed.email_folded}"
    assert login("dana@example.org").status_code == 401


def test_the_email_of_a_closed_account_is_free_for_a_new_one(
    with_password, call, anyone, login
):
    dana = with_password("Dana")
    call(dana, dana)
    body = {"name": "Dana", "email": "dana@example.org", "password": PASSWORD}

    response = anyone.post(
        "/api/register", json=body | {"password_confirmation": PASSWORD}
    )

    assert response.json["user"]["id"] > dana.id
    assert login("dana@example.org").json["user"]["id"] == response.json["user"]["id"]


@pytest.mark.parametrize("by_themselves", [True, False])
def test_closing_an_account_revokes_tokens_and_cuts_sockets(
    with_password, admin, call, api, live, by_themselves
):
    dana = with_password("Dana")
    client, socket = api(dana), live(dana)

    call(dana if by_themselves else admin, dana)

    assert client.get("/api/me").status_code == 401
    assert not socket.is_connected()


@pytest.mark.parametrize(
    "body", [{}, {"current_password": "wrong horse"}, {"current_password": ""}]
)
def test_closing_ones_account_needs_the_password(api, with_password, row, body):
    dana = with_password("Dana")

    response = api(dana).delete("/api/me", json=body)

    assert response.status_code == 422
    assert [*response.json["errors"]] == ["current_password"]
    assert row(dana).closed_at is None


def test_wrong_passwords_when_closing_an_account_are_limited(
    app, api, with_password, monkeypatch
):
    monkeypatch.setitem(app.config, "ACCOUNT_LIMIT", "2 per minute")
    client = api(with_password("Dana"))

    statuses = [
        client.delete("/api/me", json={"current_password": "wrong horse"}).status_code
        for _ in range(3)
    ]

    assert statuses == [422, 422, 429]


@pytest.mark.parametrize("by_themselves", [True, False])
def test_the_last_admin_cannot_close_their_account(
    with_password, call, row, by_themselves, api
):
    ada = with_password("Ada", Role.ADMIN)

    response = api(ada).delete(
        *["/api/me" if by_themselves else f"/api/users/{ada.id}"],
        json=RIGHT if by_themselves else None,
    )

    assert (response.status_code, response.json["code"]) == (409, "last_admin")
    assert row(ada).closed_at is None


def test_a_customer_may_close_their_account_though_there_is_no_admin(
    with_password, call
):
    dana = with_password("Dana")

    assert call(dana, dana).status_code == 204


def test_closing_the_account_of_an_admin_unassigns_unclosed_tickets(
    with_password, admin, make_ticket, customer, call, api
):
    ada = with_password("Eve", Role.ADMIN)
    opened = make_ticket(customer, assigned_to=ada.id)
    closed = make_ticket(customer, assigned_to=ada.id, status=Status.CLOSED)

    call(ada, ada)

    tickets = [
        api(admin).get(f"/api/tickets/{ticket.id}").json for ticket in (opened, closed)
    ]
    assert [ticket["assignee"] for ticket in tickets] == [
        None,
        {"id": ada.id, "name": "Deleted user", "role": "admin"},
    ]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/users/{}", {"active": True}),
        ("PATCH", "/api/users/{}", {"role": "admin"}),
        ("POST", "/api/users/{}/invitation", None),
    ],
)
def test_a_closed_account_cannot_be_activated_or_invited(
    api, admin, customer, call, row, method, path, body
):
    call(admin, customer)

    response = api(admin).open(path.format(customer.id), method=method, json=body)

    assert (response.status_code, response.json["code"]) == (409, "conflict")
    assert (row(customer).active, row(customer).password) == (False, None)


def test_closing_an_account_again_changes_nothing(admin, customer, call, row):
    call(admin, customer)
    closed_at = row(customer).closed_at

    response = call(admin, customer)

    assert response.status_code == 204
    assert row(customer).closed_at == closed_at


@pytest.mark.parametrize("query", ["", "?active=false", "?q=deleted"])
def test_closed_accounts_are_in_no_list(api, admin, customer, call, query):
    call(admin, customer)

    listed = api(admin).get(f"/api/users{query}").json["data"]

    assert customer.id not in [user["id"] for user in listed]


def test_admins_can_show_a_closed_account_by_its_id(api, admin, customer, call):
    call(admin, customer)

    shown = api(admin).get(f"/api/users/{customer.id}").json

    assert (shown["name"], shown["email"], shown["active"]) == (
        *("Deleted user", ""),
        False,
    )


def test_a_call_authenticated_before_its_account_was_closed_is_refused(
    app, admin, customer, call
):
    names = Caller.__dataclass_fields__
    caller = Caller(**{name: getattr(customer, name) for name in names})
    call(admin, customer)

    with app.app_context(), pytest.raises(UnauthenticatedError):
        service.change_rights(caller, admin.id)


def test_a_password_that_was_changed_meanwhile_closes_nothing(
    app, with_password, row, monkeypatch
):
    dana = with_password("Dana")
    names = Caller.__dataclass_fields__
    caller = Caller(**{name: getattr(dana, name) for name in names})

    def verify(password, hashed):
        db.session.get(User, dana.id).password = "another"
        db.session.commit()
        return True

    monkeypatch.setattr(closing, "verify_password", verify)
    with app.app_context(), pytest.raises(InvalidError):
        closing.close_own_account(caller, PASSWORD)

    assert row(dana).closed_at is None


@pytest.mark.slow
def test_only_one_of_the_last_two_admins_can_close_their_accounts_concurrently(
    app, with_password, row
):
    admins = [with_password(name, Role.ADMIN) for name in ("Ada", "Bob")]
    barrier = Barrier(2)

    def close(admin):
        names = Caller.__dataclass_fields__
        caller = Caller(**{name: getattr(admin, name) for name in names})
        with app.app_context():
            barrier.wait()
            try:
                closing.close_own_account(caller, PASSWORD)
            except service.LastAdminError:
                return False
        return True

    with ThreadPoolExecutor(2) as pool:
        closed = [*pool.map(close, admins)]

    assert sorted(closed) == [False, True]
    assert sorted(row(admin).active for admin in admins) == [False, True]


def test_the_audit_log_has_the_id_of_a_closed_account(admin, customer, call, logged):
    call(admin, customer)

    [line] = [line for line in logged() if line["message"] == "account closed"]
    assert line["account_id"] == customer.id
    assert "Carla" not in str(line).title()
