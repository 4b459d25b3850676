"""Turns: what was begun in an order is finished in that order.

Writers of one ticket number its events under a lock in the database, but come back
from their commits in any order. Whoever numbered first tells first.
"""

from collections.abc import Hashable
from threading import Event, Lock


class Turn:
    """A place in the queue of everyone who holds one for the same ``key``."""

    _last: dict[Hashable, "Turn"] = {}
    _lock = Lock()

    def __init__(self, key: Hashable) -> None:
        self._key = key
        self._over = Event()
        with self._lock:
            self._before = self._last.get(key)
            self._last[key] = self

    def wait(self) -> None:
        """Wait until every earlier turn is over."""
        if self._before:
            self._before._over.wait()
            self._before = None  # or each would keep all those before it

    def end(self) -> None:
        """Let the next one go ahead, when it is this one's turn.

        Whoever takes a turn must end it. The next waits for nobody else, so that even
        one with nothing to tell waits for those before.
        """
        self.wait()
        self._over.set()
        with self._lock:
            if self._last.get(self._key) is self:
                del self._last[self._key]
