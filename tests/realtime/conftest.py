"""A clock for a test to drive."""

import pytest

from ticketing.realtime import throttle


class Clock:
    """Stands for the module ``time``; ``sleep`` sets it forward."""

    def __init__(self) -> None:
        self._now = 1000.0

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
    monkeypatch.setattr(throttle, "time", _clock)
    return _clock
