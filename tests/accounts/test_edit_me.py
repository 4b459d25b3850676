"""PATCH /api/me"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import bcrypt
import pytest

from ticketing.accounts import service
from ticketing.accounts.models import User
from ticketing.core.database import db

PASSWORD = "correct horse"
NEW = {"password": "battery staple", "password_confirmation": "battery staple"}
KNOWING = {"current_password": PASSWORD}


@pytest.fixture
def nora(save):
    """A customer who has a password."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    return save(User(name="Nora", email="nora@example.org", password=hashed))


@pytest.fixture
def may_log_in(anyone):
    def may_log_in(password, email="nora@example.org"):
        body = {"email": email, "password": password}
        return anyone.post("/api/login", json=body).status_code == 200

    return may_log_in


def test_changing_ones_name_requires_no_current_password(api, nora):
    client = api(nora)
    before = client.get("/api/me").json

    response = client.patch("/api/me", json={"name": " Eleonora "})

    assert response.status_code == 200
    assert response.json["name"] == "Eleonora"
    assert response.json["updated_at"] > before["updated_at"]
    assert response.json == {
        **before,
        "name": "Eleonora",
        "updated_at": response.json["updated_at"],
    }
    assert client.get("/api/me").json == response.json


@pytest.mark.parametrize("body", [{}, {"name": "Nora"}, {"email": "nora@example.org"}])
def test_editing_a_profile_without_a_change_keeps_updated_at(api, nora, body):
    client = api(nora)
    before = client.get("/api/me").json

    response = client.patch("/api/me", json=body)

    assert (response.status_code, response.json) == (200, before)


def test_changing_ones_email_requires_the_current_password(api, nora, may_log_in):
    response = api(nora).patch("/api/me", json={"email": "n@example.org", **KNOWING})

    assert response.status_code == 200
    assert response.json["email"] == "n@example.org"
    assert may_log_in(PASSWORD, "n@example.org")
    assert not may_log_in(PASSWORD)


def test_changing_ones_email_revokes_no_token(api, nora):
    elsewhere = api(nora)

    api(nora).patch("/api/me", json={"email": "n@example.org", **KNOWING})

    assert elsewhere.get("/api/me").json["email"] == "n@example.org"


def test_a_user_may_change_the_case_of_their_own_email(api, nora, may_log_in):
    response = api(nora).patch("/api/me", json={"email": "Nora@example.org", **KNOWING})

    assert (response.status_code, response.json["email"]) == (200, "Nora@example.org")
    assert may_log_in(PASSWORD)


def test_changing_ones_password_revokes_every_other_token(
    api, live, nora, stranger, may_log_in
):
    client, elsewhere, another = api(nora), api(nora), api(stranger)
    socket = live(nora)

    response = client.patch("/api/me", json={**NEW, **KNOWING})

    assert response.status_code == 200
    assert client.get("/api/me").json == response.json
    assert elsewhere.get("/api/me").status_code == 401
    assert another.get("/api/me").status_code == 200
    assert not socket.is_connected()
    assert may_log_in("battery staple")
    assert not may_log_in(PASSWORD)


@pytest.mark.parametrize("change", [{"email": "n@example.org"}, NEW])
@pytest.mark.parametrize(
    "known",
    [
        {},
        {"current_password": None},
        {"current_password": ""},
        {"current_password": "wrong horse"},
        {"current_password": "x" * 100},
    ],
)
def test_a_profile_stays_unchanged_without_the_right_current_password(
    api, nora, may_log_in, change, known
):
    client = api(nora)
    before = client.get("/api/me").json

    response = client.patch("/api/me", json={"name": "Mallory", **change, **known})

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["current_password"]
    assert client.get("/api/me").json == before
    assert may_log_in(PASSWORD)


def test_one_of_two_concurrent_password_changes_succeeds(app, token, nora, monkeypatch):
    together, hash_password = Barrier(2), service.hash_password

    def hash_together(password):
        together.wait(10)
        return hash_password(password)

    def change(bearer):
        headers = {"Authorization": f"Bearer {bearer}"}
        body = {**NEW, **KNOWING}
        return app.test_client().patch("/api/me", json=body, headers=headers)

    monkeypatch.setattr(service, "hash_password", hash_together)

    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(change, token(nora)) for _ in range(2)]
        statuses = sorted(each.result().status_code for each in sent)

    assert statuses[0] == 200
    assert statuses[1] in (401, 422)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"email": None}, "email"),
        ({"email": "nora"}, "email"),
        ({"email": "SAM@example.org"}, "email"),
        ({"password": "battery staple"}, "password_confirmation"),
        ({"password_confirmation": "battery staple"}, "password_confirmation"),
        ({**NEW, "password": "battery horse"}, "password_confirmation"),
        ({"password": "short", "password_confirmation": "short"}, "password"),
        ({"password": "é" * 37, "password_confirmation": "é" * 37}, "password"),
        ({"role": "admin"}, "role"),
        ({"active": True}, "active"),
        ({"id": 1}, "id"),
    ],
)
def test_editing_a_profile_names_the_invalid_field(api, nora, stranger, change, field):
    response = api(nora).patch("/api/me", json={**KNOWING, **change})

    assert (response.status_code, response.json["code"]) == (422, "invalid")
    assert list(response.json["errors"]) == [field]


def test_a_users_new_name_is_shown_on_their_tickets(api, nora, make_ticket, admin):
    ticket = make_ticket(nora)

    api(nora).patch("/api/me", json={"name": "Eleonora"})

    shown = api(admin).get(f"/api/tickets/{ticket.id}").json["user"]
    assert shown == {"id": nora.id, "name": "Eleonora", "role": "customer"}


def test_the_email_of_before_is_not_set_again_without_the_password(
    api, customer, save, app, monkeypatch
):
    change_profile = service._change_profile

    def change_late(*args):
        with db.engine.begin() as connection:
            email = {"email": "new@example.org", "email_key": "new@example.org"}
            changed = db.update(User).where(User.id == customer.id).values(**email)
            connection.execute(changed)
        return change_profile(*args)

    monkeypatch.setattr(service, "_change_profile", change_late)

    answer = api(customer).patch("/api/me", json={"email": customer.email})

    assert answer.json["email"] == "new@example.org"
