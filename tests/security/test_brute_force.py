"""Threat: trying one password after another; ``web/test_limits`` has the details."""

import pytest

from ticketing import create_app
from ticketing.web.extensions import limiter, socketio

GUESS = {"email": "nora@example.org", "password": "wrong horse"}


@pytest.fixture
def build(settings):
    """Build an application whose limits are those of every deployment."""
    kept = dict(vars(socketio))  # the one server becomes that of the last application

    def build(**changes):
        limits = {"LOGIN_LIMIT": "10 per minute", "ACCOUNT_LIMIT": "20 per minute"}
        return create_app({**settings, **limits, **changes}).test_client()

    yield build
    vars(socketio).clear()
    vars(socketio).update(kept)
    limiter.reset()


@pytest.fixture
def guess(app):
    """Guess so often; return the statuses."""

    def guess(client, times, forwarded="192.0.2.{}", address="203.0.113.9"):
        return [
            client.post(
                "/api/login",
                json=GUESS,
                headers={"X-Forwarded-For": forwarded.format(number, number)},
                environ_base={"REMOTE_ADDR": address.format(number)},
            ).status_code
            for number in range(times)
        ]

    return guess


def test_guesses_from_one_address_end_after_ten(build, guess):
    assert guess(build(), 12) == [401] * 10 + [429] * 2


def test_behind_a_proxy_the_address_that_it_saw_counts(build, guess):
    client = build(TRUSTED_PROXIES=1)

    assert guess(client, 12, forwarded="192.0.2.{}, 198.51.100.1")[-1] == 429


def test_behind_a_proxy_each_caller_has_an_address(build, guess):
    assert set(guess(build(TRUSTED_PROXIES=1), 12)) == {401}


@pytest.mark.parametrize(
    "forwarded",
    [
        "192.0.2.{}, 198.51.100.8:4000{}",
        "[2001:db8::{}]:4000{}",
        "[2001:db8::{}]",
        "unknown:4000{}",
    ],
)
def test_behind_a_proxy_that_adds_ports_an_address_is_the_same(
    build, guess, forwarded
):
    assert guess(build(TRUSTED_PROXIES=1), 12, forwarded=forwarded)[-1] == 429


@pytest.mark.parametrize("forwarded", ["192.0.2.{}:4000", "[2001:db8:{}::1]:4000"])
def test_behind_a_proxy_that_adds_ports_callers_are_told_apart(
    build, guess, forwarded
):
    assert set(guess(build(TRUSTED_PROXIES=1), 12, forwarded=forwarded)) == {401}


def test_guesses_from_everywhere_end_after_twenty(build, guess):
    statuses = guess(build(), 22, address="198.51.100.{}")

    assert statuses == [401] * 20 + [429] * 2


def test_other_headers_change_no_address(build):
    client = build()
    names = ("X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP", "Via")

    statuses = [
        client.post(
            "/api/login", json=GUESS, headers=dict.fromkeys(names, f"for=192.0.2.{n}")
        ).status_code
        for n in range(11)
    ]

    assert statuses[-1] == 429


def test_malformed_logins_count_as_well(build):
    client = build()

    statuses = [client.post("/api/login", data=b"{").status_code for _ in range(11)]

    assert statuses[-1] == 429
