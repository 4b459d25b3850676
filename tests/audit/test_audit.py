"""The audit log: logins, refusals and changes of rights."""

import pytest

from ticketing.accounts import links
from ticketing.accounts.models import Link, Role
from ticketing.core.database import db

PASSWORD = "correct horse"
LOGIN = {"email": "pia@example.org", "password": PASSWORD}
PIA = {**LOGIN, "name": "Pia", "password_confirmation": PASSWORD}


@pytest.fixture
def audited(logged):
    """Return the audit lines: the action, its actor, and the details."""

    def audited():
        common = {"level", "logger", "timestamp", "request_id", "address"}
        lines = logged("ticketing.audit")
        return [
            {name: value for name, value in line.items() if name not in common}
            for line in lines
        ]

    return audited


@pytest.fixture
def pia(anyone):
    """A registered user who has a password."""
    return anyone.post("/api/register", json=PIA).json["user"]


def test_a_new_account_is_audited(anyone, audited, pia):
    (line,) = audited()

    assert line == {
        "message": "account created",
        "account_id": pia["id"],
        "role": "customer",
        "user_id": None,
    }


def test_a_login_is_audited(anyone, audited, pia):
    anyone.post("/api/login", json=LOGIN)

    assert audited()[1:] == [
        {"message": "login", "account_id": pia["id"], "user_id": None}
    ]


@pytest.mark.parametrize(
    ("change", "known"),
    [({"password": "wrong horse"}, True), ({"email": "nobody@example.org"}, False)],
)
def test_a_refused_login_is_audited(anyone, audited, pia, change, known):
    anyone.post("/api/login", json=LOGIN | change)

    (line,) = audited()[1:]
    assert line["message"] == "login refused"
    assert line["account_id"] == (pia["id"] if known else None)


def test_the_login_of_a_deactivated_user_is_audited(api, anyone, audited, pia, admin):
    api(admin).patch(f"/api/users/{pia['id']}", json={"active": False})

    anyone.post("/api/login", json=LOGIN)

    line = audited()[-1]
    assert (line["message"], line["account_id"]) == ("login refused", pia["id"])


def forbidden(on, user):
    """Return the line of a refusal to a user."""
    return {
        "message": "refused",
        "on": on,
        "code": "forbidden",
        "user_id": user.id,
    }


def test_a_forbidden_request_is_audited(api, customer, audited):
    api(customer).get("/api/users")

    assert audited() == [forbidden("GET /api/users", customer)]


def test_a_forbidden_socket_event_is_audited(live, customer, ticket, audited):
    payload = {"ticket_id": ticket.id, "staff_after": 0}
    live(customer).emit("join", payload, callback=True)

    assert audited() == [forbidden("join", customer)]


def test_a_request_for_a_hidden_ticket_is_not_audited(api, stranger, ticket, audited):
    api(stranger).get(f"/api/tickets/{ticket.id}")

    assert audited() == []


def test_a_login_beyond_the_rate_limit_is_audited(app, anyone, audited, monkeypatch):
    monkeypatch.setitem(app.config, "LOGIN_LIMIT", "1 per minute")

    for _ in range(2):
        anyone.post("/api/login", json=LOGIN)

    assert audited()[1:] == [
        {
            "message": "refused",
            "on": "POST /api/login",
            "code": "too_many_requests",
            "user_id": None,
        }
    ]


@pytest.mark.parametrize(
    ("change", "role", "active"),
    [({"role": "admin"}, "admin", True), ({"active": False}, "customer", False)],
)
def test_a_change_of_rights_is_audited(
    api, admin, customer, audited, change, role, active
):
    api(admin).patch(f"/api/users/{customer.id}", json=change)
    api(admin).patch(f"/api/users/{customer.id}", json=change)

    assert audited() == [
        {
            "message": "rights changed",
            "account_id": customer.id,
            "role": role,
            "active": active,
            "user_id": admin.id,
        }
    ]


def test_a_changed_password_is_audited(anyone, audited, pia):
    token = anyone.post("/api/login", json=LOGIN).json["token"]
    new = {"password": "wrong horse", "password_confirmation": "wrong horse"}

    anyone.patch(
        "/api/me",
        json={**new, "current_password": PASSWORD},
        headers={"Authorization": f"Bearer {token}"},
    )

    assert audited()[-1] == {
        "message": "password changed",
        "account_id": pia["id"],
        "user_id": pia["id"],
    }


def test_a_password_set_on_the_command_line_is_audited(app, audited, pia):
    runner = app.test_cli_runner()
    command = ["set-password", LOGIN["email"], "--password-stdin"]

    runner.invoke(args=command, input="wrong horse\n")

    assert audited()[-1] == {"message": "password changed", "account_id": pia["id"]}


def test_a_forgotten_password_is_audited(anyone, audited, pia):
    for email in (LOGIN["email"], "nobody@example.org"):
        anyone.post("/api/password/forgot", json={"email": email})

    assert audited()[1:] == [
        {"message": "password forgotten", "account_id": account_id, "user_id": None}
        for account_id in (pia["id"], None)
    ]


def test_an_invitation_is_audited(api, admin, audited):
    body = {"name": "Ina", "email": "ina@example.org", "role": "customer"}

    invited = api(admin).post("/api/users", json=body).json
    api(admin).post(f"/api/users/{invited['id']}/invitation")

    created, first, second = audited()
    assert created["account_id"] == invited["id"]
    assert [line["message"] for line in (first, second)] == ["invitation made"] * 2
    assert second["link_id"] > first["link_id"]
    assert all(line["user_id"] == admin.id for line in (first, second))


def test_a_changed_and_a_confirmed_email_are_audited(
    app, anyone, audited, pia, sends_mail
):
    token = anyone.post("/api/login", json=LOGIN).json["token"]
    body = {"email": "p@example.org", "current_password": PASSWORD}
    anyone.patch(
        "/api/me", json=body, headers={"Authorization": f"Bearer {token}"}
    )

    with app.app_context():
        newest = db.select(Link).order_by(Link.id.desc()).limit(1)
        url = links.url_of(db.session.scalars(newest).one())
    anyone.post("/api/email/confirm", json={"token": url.partition("#")[2]})

    changed, confirmed = audited()[2:]
    assert (changed["message"], changed["account_id"]) == ("email changed", pia["id"])
    assert confirmed["message"] == "email confirmed"
    assert confirmed["account_id"] == pia["id"]


def test_a_changed_name_is_not_audited(api, customer, audited):
    api(customer).patch("/api/me", json={"name": "Carla C."})

    assert audited() == []


def test_a_deleted_ticket_is_audited(api, admin, ticket, audited):
    api(admin).delete(f"/api/tickets/{ticket.id}")

    assert audited() == [
        {"message": "ticket deleted", "ticket_id": ticket.id, "user_id": admin.id}
    ]


def test_a_deleted_comment_is_audited(api, admin, ticket, comment, audited):
    api(admin).delete(f"/api/comments/{comment.id}")

    assert audited() == [
        {
            "message": "comment deleted",
            "comment_id": comment.id,
            "ticket_id": ticket.id,
            "user_id": admin.id,
        }
    ]


def test_a_deleted_category_is_audited(api, admin, category, ticket, audited):
    url = f"/api/categories/{category.id}"

    in_use = api(admin).delete(url)
    api(admin).delete(f"/api/tickets/{ticket.id}")
    api(admin).delete(url)

    assert in_use.status_code == 409
    assert audited()[1:] == [
        {
            "message": "category deleted",
            "category_id": category.id,
            "user_id": admin.id,
        }
    ]


def test_an_admin_created_on_the_command_line_is_audited(app, audited, logged):
    command = ["create-admin", "--name", "Eve", "--email", "eve@example.org"]

    app.test_cli_runner().invoke(args=[*command, "--password-stdin"], input=PASSWORD)

    (line,) = audited()
    assert (line["message"], line["role"]) == ("account created", Role.ADMIN)
