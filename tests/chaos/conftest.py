"""Fixtures of tests that break servers under load; ``--chaos=full`` for figures."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
import served
from chaos.fleet import UNLIMITED, Fleet
from chaos.services import Redis
from served import Process


@pytest.fixture(scope="session")
def full(request) -> bool:
    """Whether to run long enough for figures, instead of a small sample."""
    return request.config.getoption("chaos") == "full"


@pytest.fixture
def tell(request, capsys) -> Callable[..., None]:
    """Print the figures of a test, even if it passes."""

    def tell(**figures: object) -> None:
        said = ", ".join(f"{name} {figure}" for name, figure in figures.items())
        with capsys.disabled():
            print(f"\n{request.node.name}: {said.replace('_', ' ')}")

    return tell


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    """A fleet of JavaScript clients, empty at first."""
    served.require_node()
    fleet = Fleet()
    yield fleet
    fleet.close()


@pytest.fixture
def deploy(tmp_path) -> Callable[..., AbstractContextManager[list[Process]]]:
    """Deploy some processes, with limits too high to be met."""

    def deploy(count: int = 1, mode: str = "eventlet", **settings: str):
        return served.deployment(tmp_path, mode, count, **(UNLIMITED | settings))

    return deploy


@pytest.fixture
def redis(tmp_path_factory) -> Iterator[Redis]:
    """A Redis of the test's own; several processes also need MariaDB."""
    if not os.environ.get("TEST_DATABASE_URL"):
        served.lacking("TEST_DATABASE_URL is not set: SQLite serves one process")
    redis = Redis(tmp_path_factory.mktemp("redis"))
    redis.start()
    yield redis
    redis.stop()
