"""How often one may try to log in, and to register."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

LOGIN = {"email": "nobody@example.org", "password": "wrong horse"}
LIMITS = [("/api/login", "LOGIN_LIMIT"), ("/api/register", "REGISTER_LIMIT")]


@pytest.fixture(autouse=True)
def low(app, monkeypatch):
    """Two tries a minute."""
    for _, name in LIMITS:
        monkeypatch.setitem(app.config, name, "2 per minute")


@pytest.fixture
def attempt(anyone):
    """Try something, and return the answer."""

    def attempt(url, **options):
        return anyone.post(url, json=LOGIN, **options)

    return attempt


@pytest.mark.parametrize("url", [url for url, _ in LIMITS])
def test_one_try_too_many_is_told_when_to_come_back(attempt, url):
    within = [attempt(url).status_code for _ in range(2)]

    beyond = attempt(url)

    assert 429 not in within
    assert beyond.status_code == 429
    assert set(beyond.json) == {"message", "code"}
    assert beyond.json["code"] == "too_many_requests"
    assert 1 <= int(beyond.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("url", [url for url, _ in LIMITS])
def test_then_it_works_again(attempt, url):
    now = datetime.now(UTC)

    with time_machine.travel(now, tick=False) as clock:
        tried = [attempt(url) for _ in range(3)]
        clock.shift(timedelta(seconds=int(tried[-1].headers["Retry-After"])))
        again = attempt(url)

    assert [each.status_code == 429 for each in tried] == [False, False, True]
    assert again.status_code != 429


def test_the_right_password_does_not_help(anyone, attempt):
    known = {"email": "nora@example.org", "password": "correct horse"}
    form = {**known, "name": "Nora", "password_confirmation": "correct horse"}
    anyone.post("/api/register", json=form)
    attempt("/api/login")
    attempt("/api/login")

    response = anyone.post("/api/login", json=known)

    assert (response.status_code, response.json["code"]) == (429, "too_many_requests")


def test_each_has_its_own_count(attempt):
    for _ in range(3):
        attempt("/api/login")

    assert attempt("/api/register").status_code == 422


def test_each_address_has_its_own_count(attempt):
    for _ in range(3):
        attempt("/api/login")

    elsewhere = attempt("/api/login", environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert elsewhere.status_code == 401


def test_nobody_changes_address_by_a_header(attempt):
    for _ in range(2):
        attempt("/api/login")

    forwarded = {"X-Forwarded-For": "192.0.2.7", "X-Real-IP": "192.0.2.7"}
    response = attempt("/api/login", headers=forwarded)

    assert response.status_code == 429


def test_other_calls_are_not_counted(api, attempt, customer):
    for _ in range(3):
        attempt("/api/login")

    assert api(customer).get("/api/me").status_code == 200
