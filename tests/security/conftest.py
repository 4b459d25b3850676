"""Fixtures of attacks on processes of their own, which may be slowed down."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
import requests
import served
from chaos.services import Redis
from served import Meanwhile, Process


class Watch(Meanwhile):
    """Call ``/healthz`` periodically while the block runs, and time each answer."""

    def __init__(self, process: Process) -> None:
        super().__init__(pause=0.05)
        self.waited: list[float] = []  # seconds for each answer
        self._url = f"{process.url}/healthz"

    def act(self) -> None:
        """Call it once, and record how long the answer takes."""
        begun = time.monotonic()
        assert requests.get(self._url, timeout=30).status_code == 200
        self.waited.append(time.monotonic() - begun)


@pytest.fixture
def deploy(tmp_path) -> Callable[..., AbstractContextManager[list[Process]]]:
    """Deploy a process that hashes passwords at the cost of production."""

    def deploy(mode: str = "eventlet", **settings: str):
        return served.deployment(tmp_path, mode, **{"BCRYPT_ROUNDS": "12", **settings})

    return deploy


@pytest.fixture
def redis(tmp_path_factory) -> Iterator[Redis]:
    """A Redis of the test's own."""
    redis = Redis(tmp_path_factory.mktemp("redis"))
    redis.start()
    yield redis
    redis.thaw()
    redis.stop()
