"""A clock, the rounds of background tasks, and another process, for a test to drive.

``tests/conftest.py`` keeps the background tasks from running by themselves.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from ticketing.realtime import (
    activity,
    presence,
    remote_presence,
    throttle,
    typing_notices,
    typists,
)
from ticketing.realtime.cluster import Cluster


class Clock:
    """Stands for the module ``time``; ``sleep`` sets it forward.

    It is an hour fast: what a test by the real clock left to be done later is due.
    """

    def __init__(self) -> None:
        self._now = time.monotonic() + 3600

    def monotonic(self) -> float:
        """Return the seconds since some moment."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds


_clock = Clock()


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """The clock of what is emitted late; it stands still, and never goes back."""
    for module in (presence, remote_presence, throttle, typists):
        monkeypatch.setattr(module, "time", _clock)
    return _clock


@pytest.fixture
def settle(app, clock) -> Callable[..., None]:
    """Let time pass, then run one round of each background task."""

    def settle(seconds: float = 0.0) -> None:
        clock.sleep(seconds)
        with app.app_context():
            typing_notices.stop_expired()
            presence.presence.refresh()
            activity.emit_public()
            activity.emit_internal()

    return settle


@pytest.fixture
def events() -> Callable[..., list[Any]]:
    """Return the payloads of a name that a client received, and forget the others."""

    def events(client, name: str) -> list[Any]:
        packets = client.get_received()
        return [packet["args"][0] for packet in packets if packet["name"] == name]

    return events


@pytest.fixture
def hear(app) -> Callable[..., None]:
    """Handle a notification of another process."""

    def hear(name: str, /, **data: Any) -> None:
        message = {"from": "another", "name": name, "data": data}
        app.extensions["ticketing.cluster"].handle(json.dumps(message).encode())

    return hear


@pytest.fixture
def published(monkeypatch) -> list[tuple[str, Any]]:
    """What this process publishes to the others, as they receive it."""
    found: list[tuple[str, Any]] = []

    def publish(self, name, data):
        found.append((name, json.loads(json.dumps(data))))

    monkeypatch.setattr(Cluster, "publish", publish)
    return found
