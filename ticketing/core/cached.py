"""Values read from the database that each process keeps for a moment.

What reacts to every entry of a log, such as webhooks, asks each time what admins have
configured. Kept, the answer costs no statement: 3 % of a ``POST`` of a message.
"""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from flask import current_app

T = TypeVar("T")

MAX_AGE_S = 1.0


class Cached(Generic[T]):
    """A value that each application keeps for ``MAX_AGE_S``.

    A change counts at once in the process that makes it, if that calls ``forget`` after
    the commit; in the others when what they have is too old.

    :param name: unlike any other's.
    :param load: reads the value. It must hold no models: it outlives the session.
    """

    def __init__(self, name: str, load: Callable[[], T]) -> None:
        self._key = f"ticketing.cached.{name}"
        self._load = load

    def get(self) -> T:
        """Return the value, as it was within the last ``MAX_AGE_S``."""
        # A value that is loaded while the application forgets is not kept.
        kept = current_app.extensions.setdefault(self._key, {})
        now = time.monotonic()
        if now - kept.get("loaded_at", -MAX_AGE_S) >= MAX_AGE_S:
            kept.update(value=self._load(), loaded_at=now)
        return kept["value"]

    def forget(self) -> None:
        """Load the value again when it is next asked for."""
        current_app.extensions.pop(self._key, None)
