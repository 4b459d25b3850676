"""Targets of webhooks: addresses are checked at creation and at each attempt."""

import socket
from ipaddress import ip_address

import pytest

from ticketing.webhooks import transport
from ticketing.webhooks.addresses import target_of

PRIVATE = "127.0.0.1"
PUBLIC = "8.8.8.8"


@pytest.fixture
def private_allowed(app, monkeypatch):
    """Let requests go to public addresses only."""
    monkeypatch.setitem(app.config, "WEBHOOK_PRIVATE", "refused")


@pytest.fixture
def in_production(app, monkeypatch):
    monkeypatch.setitem(app.config, "TICKETING_ENV", "production")


@pytest.fixture
def resolve(monkeypatch):
    """Resolve every host to the next of some lists of addresses; the last one stays."""

    def resolve(*answers):
        answers = [*answers]

        def getaddrinfo(host, port, *args, **kwargs):
            addresses = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(addresses, Exception):
                raise addresses
            family = socket.AF_INET
            return [(family, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

        monkeypatch.setattr(transport.socket, "getaddrinfo", getaddrinfo)

    return resolve


@pytest.fixture
def connected(monkeypatch):
    """Return the addresses that were connected to; each connection is refused."""
    connected = []

    def connect_to(address, port, timeout_s):
        connected.append(str(address))
        raise ConnectionRefusedError

    monkeypatch.setattr(transport, "_connect_to", connect_to)
    return connected


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::]"),
        *("0.0.0.0", "[::ffff:127.0.0.1]", "[64:ff9b::10.0.0.1]", "１２７.0.0.1"),
    ],
)
def test_private_address_is_refused_at_creation_and_change(
    api, admin, add_webhook, host
):
    url = add_webhook(url="https://8.8.8.8/").headers["Location"]

    for response in (
        add_webhook(url=f"https://{host}/"),
        api(admin).patch(url, json={"url": f"https://{host}/"}),
    ):
        assert response.status_code == 422
        assert list(response.json["errors"]) == ["url"]


def test_one_private_address_of_several_is_too_many(add_webhook, resolve):
    resolve([PUBLIC, PRIVATE])

    assert add_webhook(url="https://example.org/").status_code == 422


@pytest.mark.parametrize("failure", [socket.gaierror(), TimeoutError()])
def test_host_that_cannot_be_looked_up_now_is_accepted(add_webhook, resolve, failure):
    resolve(failure)

    assert add_webhook(url="https://example.org/").status_code == 201


def test_production_takes_https_only(add_webhook, in_production):
    assert add_webhook(url="http://8.8.8.8/").status_code == 422
    assert add_webhook(url="https://8.8.8.8/").status_code == 201


def test_private_addresses_and_http_can_be_allowed_in_production(
    app, monkeypatch, add_webhook, in_production
):
    monkeypatch.setitem(app.config, "WEBHOOK_PRIVATE", "allowed")

    assert add_webhook(url="http://127.0.0.1/").status_code == 201


def test_address_is_checked_again_at_each_attempt(
    add_webhook, say, work, deliveries, resolve, connected
):
    resolve([PUBLIC], [PRIVATE])
    webhook = add_webhook(url="https://example.org/").json

    say()
    work()

    [delivery] = deliveries(webhook)
    assert (delivery["state"], delivery["attempts"]) == ("pending", 1)
    assert delivery["last_error"] == "RefusedTargetError"
    assert connected == []


def test_the_address_that_was_checked_is_connected_to_whatever_is_said_later(
    app, add_webhook, say, work, deliveries, resolve, connected
):
    resolve([PUBLIC], [PUBLIC, "1.1.1.1"], [PRIVATE])
    webhook = add_webhook(url="https://example.org/").json

    say()
    work()

    assert connected == [PUBLIC, "1.1.1.1"]
    [delivery] = deliveries(webhook)
    assert delivery["last_error"] == "ConnectionRefusedError"


def test_name_stays_in_the_host_header(app, receiver, resolve, add_webhook, api, admin):
    app.config["WEBHOOK_PRIVATE"] = "allowed"
    resolve([PRIVATE])
    port = target_of(receiver.url).port
    webhook = add_webhook(url=f"http://hooks.example.org.:{port}/hook")

    result = api(admin).post(f"{webhook.headers['Location']}/test").json

    assert result == {"delivered": True, "status": 204, "error": None}
    assert receiver.received[0].headers["Host"] == f"hooks.example.org:{port}"


@pytest.mark.parametrize("host", ["[::1]", "[2606:4700:4700::abcd]", "[2606:4700::]"])
def test_host_can_be_an_ipv6_address(
    app, monkeypatch, receiver, add_webhook, api, admin, host
):
    app.config["WEBHOOK_PRIVATE"] = "allowed"
    connect_to = transport._connect_to
    monkeypatch.setattr(
        *(transport, "_connect_to"),
        lambda address, *args: connect_to(ip_address(PRIVATE), *args),
    )
    port = target_of(receiver.url).port
    webhook = add_webhook(url=f"http://{host}:{port}/")

    result = api(admin).post(f"{webhook.headers['Location']}/test").json

    assert result == {"delivered": True, "status": 204, "error": None}
    assert receiver.received[0].headers["Host"] == f"{host}:{port}"


def test_second_address_is_tried_if_the_first_does_not_answer(
    app, monkeypatch, receiver, resolve, add_webhook, api, admin
):
    app.config["WEBHOOK_PRIVATE"] = "allowed"
    resolve(["127.0.0.2", PRIVATE])
    port = target_of(receiver.url).port
    webhook = add_webhook(url=f"http://hooks.example.org:{port}/")

    assert api(admin).post(f"{webhook.headers['Location']}/test").json["delivered"]


def test_proxies_are_ignored(monkeypatch, receiver, app, add_webhook, api, admin):
    app.config["WEBHOOK_PRIVATE"] = "allowed"
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    webhook = add_webhook()

    assert api(admin).post(f"{webhook.headers['Location']}/test").json["delivered"]
