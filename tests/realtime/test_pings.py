"""Pings: one task for all, which neither forgets anyone nor fails with anyone."""

from types import SimpleNamespace

import pytest

from ticketing.web.extensions import socketio
from ticketing.realtime import pings


class Client:
    """A client of Engine.IO's, which has answered, or is yet to be pinged at all."""

    def __init__(self, interval=0.1):
        self.server = SimpleNamespace(ping_interval=interval)
        self.last_ping = 1.0


@pytest.fixture
def pinged(app, monkeypatch):
    """Return a list of whom has been pinged, and a function that pings."""
    monkeypatch.setattr(pings._rounds, "pause", 0.01)
    monkeypatch.setattr(pings, "_due", {})  # without those of earlier tests
    found = []

    def ping(client):
        found.append(client)

    return found, ping


def await_pings(found, count):
    for _ in range(300):
        if len(found) >= count:
            break
        socketio.sleep(0.01)
    return found


def test_everyone_is_pinged_once_they_are_due(pinged):
    found, ping = pinged
    clients = [Client(), Client(), Client(interval=60)]

    for client in clients:
        pings.schedule(client, ping)
    early = list(found)

    assert early == []
    assert await_pings(found, 2) == clients[:2]
    socketio.sleep(0.2)
    assert found == clients[:2]


def test_who_has_answered_is_pinged_again(pinged):
    found, ping = pinged
    client = Client()

    pings.schedule(client, ping)
    await_pings(found, 1)
    client.last_ping = 2.0
    pings.schedule(client, ping)

    assert await_pings(found, 2) == [client, client]


def test_who_has_not_answered_is_not(pinged):
    found, ping = pinged
    client = Client()

    pings.schedule(client, ping)
    pings.schedule(client, ping)
    await_pings(found, 1)
    socketio.sleep(0.2)

    assert found == [client]


def test_who_is_gone_is_pinged_no_more(pinged):
    found, ping = pinged
    gone, there = Client(), Client()

    pings.schedule(gone, ping)
    pings.schedule(there, ping)
    pings.forget(gone)

    assert await_pings(found, 1) == [there]


def test_one_that_cannot_be_pinged_is_not_the_others_concern(pinged):
    found, ping = pinged

    def fail(client):
        raise OSError

    there = Client()
    pings.schedule(Client(), fail)
    pings.schedule(there, ping)

    assert await_pings(found, 1) == [there]


def test_where_no_task_could_be_started_the_next_client_starts_one(pinged, monkeypatch):
    found, ping = pinged
    for _ in range(300):  # one of the tests before may be ending still
        if not pings._rounds._running.locked():
            break
        socketio.sleep(0.01)

    def refuse(*args):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(socketio, "start_background_task", refuse)
        with pytest.raises(RuntimeError):
            pings.schedule(Client(), ping)
    there = Client()
    pings.schedule(there, ping)

    await_pings(found, 2)
    assert there in found
