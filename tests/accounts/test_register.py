"""POST /api/register"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from ticketing.accounts import sessions

SHOWN = {"id", "name", "email", "role", "created_at", "updated_at"}


@pytest.fixture
def form():
    """The body of a registration."""
    return {
        "name": "Nora",
        "email": "nora@example.org",
        "password": "correct horse",
        "password_confirmation": "correct horse",
    }


@pytest.fixture
def closed(app, monkeypatch):
    monkeypatch.setitem(app.config, "ADMIN_REGISTRATION", "closed")


def with_password(form, password):
    return {**form, "password": password, "password_confirmation": password}


def test_anyone_can_register_as_a_customer(anyone, form):
    response = anyone.post("/api/register", json=form)

    user = response.json["user"]
    assert response.status_code == 201
    assert set(response.json) == {
        "message",
        "user",
        "token",
        "token_type",
        "expires_in",
    }
    assert set(user) == SHOWN | {"locale", "time_zone", "email_confirmed"}
    assert (user["name"], user["email"]) == ("Nora", "nora@example.org")
    assert user["role"] == "customer"
    assert user["created_at"] == user["updated_at"]
    assert response.headers["Location"] == f"/api/users/{user['id']}"
    assert response.json["token_type"] == "Bearer"
    assert response.json["expires_in"] == 8 * 60 * 60


def test_the_token_returned_by_registration_is_valid(anyone, form):
    registered = anyone.post("/api/register", json=form).json

    me = anyone.get(
        "/api/me", headers={"Authorization": f"Bearer {registered['token']}"}
    )

    assert (me.status_code, me.json) == (200, registered["user"])


def test_registration_trims_name_and_email_but_not_the_password(anyone, form):
    padded = with_password(form, "  correct horse  ")
    padded |= {"name": "  Nora ", "email": " nora@example.org\t"}

    user = anyone.post("/api/register", json=padded).json["user"]

    assert (user["name"], user["email"]) == ("Nora", "nora@example.org")
    for password, status in (("correct horse", 401), ("  correct horse  ", 200)):
        body = {"email": "nora@example.org", "password": password}
        assert anyone.post("/api/login", json=body).status_code == status


@pytest.mark.parametrize("role", [None, "customer"])
def test_registration_without_a_role_creates_a_customer(anyone, form, closed, role):
    response = anyone.post("/api/register", json={**form, "role": role})

    assert (response.status_code, response.json["user"]["role"]) == (201, "customer")


def test_anyone_can_register_as_an_admin_where_admin_registration_is_open(anyone, form):
    response = anyone.post("/api/register", json={**form, "role": "admin"})

    assert response.status_code == 201
    assert response.json["user"]["role"] == "admin"
    assert response.json["user"]["active"] is True


def test_registering_as_an_admin_is_forbidden_where_it_is_closed(
    api, anyone, customer, form, closed
):
    for client in (anyone, api(customer)):
        response = client.post("/api/register", json={**form, "role": "admin"})

        assert (response.status_code, response.json["code"]) == (403, "forbidden")
        assert "flask create-admin" in response.json["message"]
    assert anyone.post("/api/register", json=form).status_code == 201


def test_an_admin_can_register_another_admin_where_it_is_closed(
    api, admin, form, closed
):
    response = api(admin).post("/api/register", json={**form, "role": "admin"})

    assert response.status_code == 201
    assert response.json["user"]["name"] == "Nora"
    assert response.json["user"]["role"] == "admin"
    assert response.json["user"]["active"] is True


def test_registration_shows_active_to_admins_only(api, admin, stranger, form):
    by_admin = api(admin).post("/api/register", json=form)
    another = {**form, "email": "other@example.org"}
    by_customer = api(stranger).post("/api/register", json=another)

    assert by_admin.json["user"]["active"] is True
    assert set(by_customer.json["user"]) == SHOWN


def test_registering_with_a_revoked_token_is_refused(api, admin, form):
    client = api(admin)
    client.post("/api/logout")

    response = client.post("/api/register", json=form)

    assert (response.status_code, response.json["code"]) == (401, "unauthenticated")


def test_registration_ignores_credentials_of_other_schemes(anyone, form):
    headers = {"Authorization": "Basic YTpi"}

    assert anyone.post("/api/register", json=form, headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("taken", "email"),
    [
        ("nora@example.org", "nora@example.org"),
        ("nora@example.org", "NORA@Example.ORG"),
        ("nora@example.org", "ｎｏｒａ@example.org"),
        ("zoë@example.org", "ZOË@example.org"),
        ("zo\u00eb@example.org", "zoe\u0308@example.org"),
        ("nora@münchen.de", "nora@xn--mnchen-3ya.de"),
        ("nora@xn--mnchen-3ya.de", "Nora@MÜNCHEN.de"),
        ("nora@xn--mnchen-3ya.de", "nora@XN--MNCHEN-3YA.DE"),
        ("nora@straße.de", "nora@xn--strae-oqa.de"),
        ("nora@example.org", "nora@ｅxample。org"),
    ],
)
def test_emails_are_unique_without_regard_to_case_and_width(anyone, form, taken, email):
    anyone.post("/api/register", json={**form, "email": taken})

    response = anyone.post("/api/register", json={**form, "email": email})

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["email"]


@pytest.mark.parametrize(
    "emails",
    [
        ("zoe@example.org", "zoë@example.org"),
        ("nora@straße.de", "nora@strasse.de"),
        ("nora@strasse.de", "nora@xn--strae-oqa.de"),
        ("nora@munchen.de", "nora@münchen.de"),
    ],
)
def test_emails_that_differ_in_accents_or_sharp_s_of_the_domain_are_distinct(
    anyone, form, emails
):
    for email in emails:
        response = anyone.post("/api/register", json={**form, "email": email})

        assert (response.status_code, response.json["user"]["email"]) == (201, email)


def test_one_of_two_concurrent_registrations_of_an_email_succeeds(
    app, form, monkeypatch
):
    together, create = Barrier(2), sessions._create_with_token

    def create_together(*args):
        together.wait(10)
        return create(*args)

    monkeypatch.setattr(sessions, "_create_with_token", create_together)

    with ThreadPoolExecutor(2) as pool:
        sent = [
            pool.submit(app.test_client().post, "/api/register", json=form)
            for _ in range(2)
        ]
        statuses = sorted(each.result().status_code for each in sent)

    assert statuses == [201, 422]


@pytest.mark.parametrize("domain", ["corp.local", "help.test", "example.com"])
def test_an_email_may_have_a_domain_of_a_private_network(anyone, form, domain):
    response = anyone.post("/api/register", json={**form, "email": f"nora@{domain}"})

    assert response.status_code == 201


@pytest.mark.parametrize("password", ["12345678", "é" * 8, "é" * 36, "x" * 72])
def test_registration_accepts_passwords_of_8_characters_to_72_bytes(
    anyone, form, password
):
    response = anyone.post("/api/register", json=with_password(form, password))

    body = {"email": form["email"], "password": password}
    assert response.status_code == 201
    assert anyone.post("/api/login", json=body).status_code == 200


@pytest.mark.parametrize(
    "password",
    ["1234567", "x" * 73, "é" * 37, "correct\0horse", "correct \ud800 horse", "", None],
)
def test_registration_refuses_passwords_that_are_too_short_or_too_long(
    anyone, form, password
):
    response = anyone.post("/api/register", json=with_password(form, password))

    assert response.status_code == 422
    assert "password" in response.json["errors"]


def test_the_minimum_length_of_passwords_is_a_setting(app, anyone, form, monkeypatch):
    monkeypatch.setitem(app.config, "PASSWORD_MIN_LENGTH", 12)

    short = anyone.post("/api/register", json=with_password(form, "x" * 11))
    long = anyone.post("/api/register", json=with_password(form, "x" * 12))

    assert (short.status_code, list(short.json["errors"])) == (422, ["password"])
    assert "12" in short.json["errors"]["password"][0]
    assert long.status_code == 201


@pytest.mark.parametrize("name", ["N", "ß" * 255, "ﷺ" * 255, "李" * 255])
def test_a_users_name_may_have_255_characters_of_any_script(anyone, form, name):
    response = anyone.post("/api/register", json={**form, "name": name})

    assert (response.status_code, response.json["user"]["name"]) == (201, name)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"email": ""}, "email"),
        ({"email": None}, "email"),
        ({"email": "nora"}, "email"),
        ({"email": "nora@"}, "email"),
        ({"email": "no ra@example.org"}, "email"),
        ({"email": "nora@example.org\u200b"}, "email"),
        ({"email": "no\u200bra@example.org"}, "email"),
        ({"email": "nora@exam\u00adple.org"}, "email"),
        ({"email": "\u202enora@example.org"}, "email"),
        ({"email": "nora\ufe0f@example.org"}, "email"),
        ({"email": "nora@exam\ufe0fple.org"}, "email"),
        ({"email": "\u3164@example.org"}, "email"),
        ({"email": "=?utf-8?q?nora?=@example.org"}, "email"),
        ({"email": "nora=?utf-8?q?=0d=0a?=@example.org"}, "email"),
        ({"email": "nora@xn--a.de"}, "email"),
        ({"email": "nora@[127.0.0.1]"}, "email"),
        ({"email": "Nora <nora@example.org>"}, "email"),
        ({"email": "nora@example"}, "email"),
        ({"email": "nora@example.org\nBcc: sam@example.org"}, "email"),
        ({"email": f"{'x' * 244}@example.org"}, "email"),
        ({"email": f"{'ß' * 200}@example.org"}, "email"),
        ({"password_confirmation": "another horse"}, "password_confirmation"),
        ({"password_confirmation": None}, "password_confirmation"),
        ({"role": "owner"}, "role"),
        ({"role": 1}, "role"),
        ({"active": False}, "active"),
        ({"id": 1}, "id"),
    ],
)
def test_registration_names_the_invalid_field(anyone, form, change, field):
    response = anyone.post("/api/register", json={**form, **change})

    assert (response.status_code, response.json["code"]) == (422, "invalid")
    assert list(response.json["errors"]) == [field]


@pytest.mark.parametrize(
    "field", ["name", "email", "password", "password_confirmation"]
)
def test_registration_names_the_missing_field(anyone, form, field):
    del form[field]

    response = anyone.post("/api/register", json=form)

    assert response.status_code == 422
    assert field in response.json["errors"]


def test_an_email_of_254_characters_is_accepted(anyone, form):
    labels = ".".join("x" * 60 for _ in range(3))
    email = f"{'n' * 64}@{labels}.org"
    email = "n" * (254 - len(email)) + email  # no mail server takes a longer one

    response = anyone.post("/api/register", json={**form, "email": email})
    longer = anyone.post("/api/register", json={**form, "email": f"n{email}"})

    assert (len(email), response.status_code) == (254, 201)
    assert (longer.status_code, list(longer.json["errors"])) == (422, ["email"])


def test_registration_names_all_invalid_fields_at_once(anyone):
    wrong = {"name": "", "email": "nora", "password": "short"}
    form = {**wrong, "password_confirmation": "-"}

    response = anyone.post("/api/register", json=form)

    assert response.status_code == 422
    assert list(response.json["errors"]) == [*form]


@pytest.mark.parametrize("change", [{"role": "customer"}, {"active": False}])
def test_an_admin_who_lost_their_rights_while_the_password_was_hashed_makes_no_admin(
    api, admin, colleague, closed, form, monkeypatch, change
):
    boss, client, hash_password = api(admin), api(colleague), sessions.hash_password

    def hash_slowly(password):
        boss.patch(f"/api/users/{colleague.id}", json=change)
        return hash_password(password)

    monkeypatch.setattr(sessions, "hash_password", hash_slowly)

    refused = client.post("/api/register", json={**form, "role": "admin"})

    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert not boss.get("/api/users?q=nora").json["data"]
