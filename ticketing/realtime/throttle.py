"""Limit how often something is done for each of many keys."""

import time
from collections.abc import Hashable
from itertools import islice
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Throttle(Generic[Key]):
    """Let calls for a key through at most once in an interval, the last one always.

    Calls that come within the interval are one call, which is due at its end.

    :param interval_s: seconds between two calls for a key that are let through.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._waiting: dict[Key, int] = {}  # the oldest call first
        # Of the last interval only: when a key was let through, with which value.
        self._passed: dict[Key, tuple[float, int]] = {}
        self._lock = Lock()

    def __bool__(self) -> bool:
        """Return whether a call is waiting."""
        return bool(self._waiting)

    def call(self, key: Key, value: int = 0) -> None:
        """Ask that ``due`` returns a key; of several values it returns the greatest."""
        with self._lock:
            _, passed = self._passed.get(key, (0, 0))
            if value >= passed:
                self._waiting[key] = max(value, self._waiting.get(key, 0))

    def due(self, limit: int | None = None) -> list[tuple[Key, int]]:
        """Return the keys, with their values, whose calls are let through now.

        :param limit: of their number; the others stay due.
        """
        with self._lock:
            now = time.monotonic()
            self._passed = {
                key: (at, value)
                for key, (at, value) in self._passed.items()
                if now - at < self._interval_s
            }
            ready = (key for key in self._waiting if key not in self._passed)
            found = [(key, self._waiting[key]) for key in islice(ready, limit)]
            for key, value in found:
                del self._waiting[key]
                self._passed[key] = (now, value)
            return found

    def forget(self, key: Key) -> None:
        """Drop the call that waits for a key, if there is one."""
        with self._lock:
            self._waiting.pop(key, None)
