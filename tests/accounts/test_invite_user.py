"""POST /api/users and POST /api/users/<id>/invitation"""

from datetime import timedelta

import bcrypt
import pytest

from ticketing.accounts import invitations
from ticketing.accounts.models import Caller, Role
from ticketing.core.database import utcnow
from ticketing.core.errors import ForbiddenError


@pytest.fixture
def invite_again(api, admin):
    """Invite a user again; return the answer."""
    return lambda user_id: api(admin).post(f"/api/users/{user_id}/invitation")


def token_in(answer):
    return answer.json["invitation_url"].partition("#")[2]


@pytest.mark.parametrize("role", ["customer", "admin"])
def test_an_admin_invites_a_user_who_is_active_and_confirmed(
    api, admin, invite, role
):
    response = invite(role=role)

    user = api(admin).get(response.headers["Location"]).json
    url = response.json["invitation_url"]
    assert response.status_code == 201
    assert response.json == {**user, "invitation_url": url}
    assert (user["name"], user["email"]) == ("Ina", "ina@example.org")
    assert (user["role"], user["active"]) == (role, True)
    assert user["email_confirmed"] is True
    assert "/console/set-password#" in url


def test_the_url_of_an_invitation_is_made_of_public_url(app, invite, monkeypatch):
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://help.example.org")

    url = invite().json["invitation_url"]

    assert url.startswith("https://help.example.org/console/set-password#")


def test_the_url_of_an_invitation_without_public_url_is_a_path_except_in_development(
    app, invite, monkeypatch
):
    assert invite().json["invitation_url"].startswith("/console/set-password#")
    monkeypatch.setitem(app.config, "TICKETING_ENV", "development")

    url = invite("ida@example.org").json["invitation_url"]

    assert url.startswith("http://127.0.0.1:8000/console/set-password#")


def test_the_url_of_an_invitation_has_an_ipv6_address_in_brackets(
    app, invite, monkeypatch
):
    monkeypatch.setitem(app.config, "TICKETING_ENV", "development")
    monkeypatch.setitem(app.config, "HOST", "::1")

    assert invite().json["invitation_url"].startswith("http://[::1]:8000/console/")


def test_the_link_mailed_for_an_invitation_is_that_of_the_response(
    invite, tokens, mailed
):
    answer = invite()

    (link,) = mailed("invitation")
    assert tokens("invitation") == [token_in(answer)]
    assert (link.email, link.user_id) == ("ina@example.org", answer.json["id"])
    assert len(token_in(answer)) == 43
    assert mailed("confirmation") == []


def test_an_invited_user_sets_a_password_and_logs_in(
    api, admin, invite, reset, may_log_in, mailed
):
    invited = invite()

    response = reset(token_in(invited))

    user = api(admin).get(invited.headers["Location"]).json
    assert response.status_code == 200
    assert may_log_in("ina@example.org")
    assert user["email_confirmed"] is True
    assert mailed("security") == []  # the first password is no change


@pytest.mark.parametrize("password", ["-", "", "None", "battery staple"])
def test_nobody_logs_in_as_an_invited_user_without_a_password(
    invite, may_log_in, password
):
    invite()

    assert not may_log_in("ina@example.org", password)


def test_a_login_of_a_user_without_a_password_hashes_as_often_as_others(
    invite, may_log_in, monkeypatch
):
    invite()
    costs, check = [], bcrypt.checkpw

    def checkpw(password, hashed):
        costs.append(hashed[4:6])
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)

    for name in ("ina", "nobody"):
        assert not may_log_in(f"{name}@example.org")

    assert costs == [b"04", b"04"]


def test_an_invitation_of_a_taken_email_names_the_field(invite, customer):
    response = invite("CARLA@example.org")

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["email"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"email": "ina"}, "email"),
        ({"role": None}, "role"),
        ({"role": "owner"}, "role"),
        ({"password": "battery staple"}, "password"),
        ({"email_confirmed": False}, "email_confirmed"),
    ],
)
def test_an_invitation_names_the_invalid_field(api, admin, change, field):
    body = {"name": "Ina", "email": "ina@example.org", "role": "customer"}

    response = api(admin).post("/api/users", json={**body, **change})

    assert (response.status_code, list(response.json["errors"])) == (422, [field])


def test_a_new_invitation_supersedes_the_old_one(
    invite, invite_again, reset, tokens, may_log_in
):
    first = invite()

    second = invite_again(first.json["id"])

    assert second.status_code == 200
    assert list(second.json) == ["invitation_url"]
    assert tokens("invitation") == [token_in(first), token_in(second)]
    assert list(reset(token_in(first)).json["errors"]) == ["token"]
    assert not may_log_in("ina@example.org")
    assert reset(token_in(second)).status_code == 200


def test_a_user_who_has_set_a_password_cannot_be_invited_again(
    invite, invite_again, reset, tokens
):
    invited = invite()
    reset(token_in(invited))

    response = invite_again(invited.json["id"])

    assert (response.status_code, response.json["code"]) == (409, "conflict")
    assert len(tokens("invitation")) == 1


def test_a_user_who_is_not_active_cannot_be_invited_again(
    api, admin, invite, invite_again
):
    invited = invite()
    api(admin).patch(invited.headers["Location"], json={"active": False})

    response = invite_again(invited.json["id"])

    assert (response.status_code, response.json["code"]) == (409, "conflict")


@pytest.mark.parametrize(("days", "status"), [(6.99, 200), (7.01, 422)])
def test_an_invitation_is_valid_for_seven_days(
    invite, reset, time_machine, days, status
):
    time_machine.move_to(utcnow(), tick=False)
    token = token_in(invite())

    time_machine.shift(timedelta(days=days))

    assert reset(token).status_code == status


def test_an_invited_user_who_lost_the_link_can_request_a_reset(
    invite, forget, reset, tokens, mailed, may_log_in
):
    invited = invite()

    forget("ina@example.org")

    assert reset(*tokens("password_reset")).status_code == 200
    assert may_log_in("ina@example.org")
    assert reset(token_in(invited)).status_code == 422
    assert mailed("security") == []


def test_a_demoted_admin_cannot_invite_users(api, admin, colleague, invite, mailed):
    client = api(admin)
    api(colleague).patch(f"/api/users/{admin.id}", json={"role": "customer"})

    body = {"name": "Ina", "email": "ina@example.org", "role": "admin"}
    response = client.post("/api/users", json=body)

    assert response.status_code == 403
    assert mailed("invitation") == []


@pytest.mark.parametrize("loss", [{"role": "customer"}, {"active": False}])
def test_an_admin_who_lost_their_rights_since_the_call_was_admitted_invites_nobody(
    app, api, admin, colleague, mailed, loss
):
    names = Caller.__dataclass_fields__
    caller = Caller(**{name: getattr(colleague, name) for name in names})
    api(admin).patch(f"/api/users/{colleague.id}", json=loss)

    with app.app_context(), pytest.raises(ForbiddenError):
        invitations.invite_user(caller, "Ina", "ina@example.org", Role.ADMIN)

    assert mailed("invitation") == []
