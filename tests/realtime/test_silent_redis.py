"""A Redis that says nothing: nothing has happened, or it is gone without a word."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from chaos.services import Redis
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


def test_one_that_falls_silent_is_given_up(server, heard):
    with ThreadPoolExecutor() as pool:
        listening = pool.submit(next, heard)
        time.sleep(0.5)
        assert not listening.done()

        server.freeze()

        with pytest.raises(redis.TimeoutError, match="answers no ping"):
            listening.result(timeout=5)
    server.thaw()
