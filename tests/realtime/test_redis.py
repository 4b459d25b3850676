"""Redis between the processes: it is told everything, or gone without a word."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from chaos.services import Redis
from ticketing.web.extensions import socketio
from ticketing.realtime import queue


@pytest.fixture
def server(tmp_path) -> Iterator[Redis]:
    """A Redis of the test's own."""
    server = Redis(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def heard(app, server, monkeypatch):
    """Return an iterator of what another process tells."""
    monkeypatch.setattr(queue, "SILENCE", 0.1)
    return queue.Queue(server.url, app)._subscription()


def test_one_that_answers_is_listened_to(server, heard):
    def tell():
        time.sleep(0.5)  # some silences
        with redis.Redis.from_url(server.url) as other:
            other.publish("ticketing", "Hello?")

    with ThreadPoolExecutor() as pool:
        pool.submit(tell)

        assert next(heard) == b"Hello?"
    heard.close()


@pytest.fixture
def telling(app, server, monkeypatch):
    """Return the queue of a process that nobody has connected to yet."""
    telling = queue.Queue(server.url, app)
    monkeypatch.setattr(telling, "server", socketio.server, raising=False)
    return telling


@pytest.fixture
def hear(app, server, heard):
    """Listen, and return what will have been told, once there is so much of it."""
    others = queue.Queue("redis://127.0.0.1:1", app)

    def hear(count):
        told = []
        while len(told) < count:
            told += others._understood(next(heard))
        return told

    def start(count):
        hearing = pool.submit(hear, count)
        with redis.Redis.from_url(server.url) as asking:
            while not asking.pubsub_numsub("ticketing")[0][1]:
                time.sleep(0.01)
        return hearing

    with ThreadPoolExecutor() as pool:
        yield start
        server.stop()  # and so whoever still listens


EMITS = [{"method": "emit", "event": name} for name in "abc"]


def test_all_that_is_told_is_heard(app, hear, telling):
    hearing = hear(3)
    with app.test_request_context():
        for emit in EMITS:
            telling._publish(emit)

    assert hearing.result(timeout=5) == EMITS


def test_a_command_has_told_all_when_it_ends(app, hear, telling, monkeypatch):
    monkeypatch.setattr(socketio.server, "start_background_task", lambda *task: None)
    hearing = hear(3)
    with app.app_context():
        for emit in EMITS:
            telling._publish(emit)

    assert hearing.result(timeout=5) == EMITS


def test_no_request_waits_for_one_that_is_silent(app, server, telling):
    with app.test_request_context():
        server.freeze()
        begun = time.monotonic()
        for _ in range(3):
            telling._publish({"method": "emit", "event": "sync"})
        took = time.monotonic() - begun
        server.thaw()

    assert took < queue.PATIENCE


def test_one_that_falls_silent_is_given_up(server, heard):
    with ThreadPoolExecutor() as pool:
        listening = pool.submit(next, heard)
        time.sleep(0.5)
        assert not listening.done()

        server.freeze()

        with pytest.raises(redis.TimeoutError, match="answers no ping"):
            listening.result(timeout=5)
    server.thaw()
