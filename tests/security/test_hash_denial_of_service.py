"""Threat: making the service compute, instead of serve."""

import json
import time

import bcrypt
import pytest

from ticketing.accounts import passwords
from ticketing.core.offload import Queue

EMAIL = "nora@example.org"


def log_in(client, password="wrong horse"):
    return client.post("/api/login", json={"email": EMAIL, "password": password})


def test_at_most_72_bytes_of_a_password_are_hashed(anyone, monkeypatch):
    given, checkpw = [], bcrypt.checkpw
    monkeypatch.setattr(
        bcrypt, "checkpw", lambda p, hashed: given.append(p) or checkpw(p, hashed)
    )

    assert log_in(anyone, "x" * 900_000).status_code == 401

    assert [len(password) for password in given] == [72]


@pytest.mark.parametrize("password", ["short", "x" * 73, "", "\0" * 12])
def test_invalid_registration_is_refused_before_hashing(anyone, monkeypatch, password):
    monkeypatch.setattr(bcrypt, "hashpw", None)
    form = {"name": "Nora", "email": EMAIL, "password": password}

    response = anyone.post(
        "/api/register", json={**form, "password_confirmation": password}
    )

    assert response.status_code == 422


def test_login_over_the_limit_is_refused_before_hashing(app, anyone, monkeypatch):
    monkeypatch.setitem(app.config, "LOGIN_LIMIT", "1 per minute")
    log_in(anyone)
    monkeypatch.setattr(bcrypt, "checkpw", None)

    assert log_in(anyone).status_code == 429


def test_login_behind_a_full_queue_of_hashes_is_told_when_to_retry(anyone, monkeypatch):
    monkeypatch.setattr(passwords, "_hashing", Queue(max_running=1, max_calls=0))

    response = log_in(anyone)

    assert (response.status_code, response.json["code"]) == (503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(dict.fromkeys(map(str, range(80_000)), 1)).encode(),
        json.dumps({"a" * n: 1 for n in range(900)}).encode(),
        json.dumps({"email": [{}] * 200_000}).encode(),
        b'{"email": ' + b"9" * 1_000_000 + b"}",
        b'{"email": "' + b"\\u0000" * 160_000 + b'"}',
        b'{"email": "' + b"a@" * 500_000 + b'"}',
        b'{"email": "' + b"a." * 120 + b'@b"}',
        b'{"email": "' + b" " * 1_000_000 + b'"}',
    ],
    ids=lambda body: str(body[:24]),
)
def test_hostile_body_is_refused_quickly(app, body):
    client = app.test_client()
    begun = time.thread_time()

    response = client.post("/api/register", data=body, content_type="application/json")

    assert response.status_code in {400, 422}
    assert time.thread_time() - begun < 3
