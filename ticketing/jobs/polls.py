"""What a worker looks for about once a second: that a moment has come.

``POLLS`` are functions that find by an index what is due by the clock. A job for each
moment that may come would have to be moved whenever that changes.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from flask import Flask

from ticketing.core.errors import OUTAGES
from ticketing.core.extension_points import ExtensionPoint

POLL_INTERVAL_S = 1.0

# Called without a transaction; several workers may call one at the same time.
POLLS = ExtensionPoint[Callable[[], None]]("worker_polls")

_log = logging.getLogger(__name__)


class Polls:
    """Calls ``POLLS`` in the background, one after another.

    :param start: runs a function in the background.
    """

    def __init__(self, app: Flask, start: Callable[..., Any]) -> None:
        self._app, self._start = app, start
        self._is_running = False
        self._due_at = 0.0

    def begin(self) -> None:
        """Begin to call them, unless that still goes on or was a moment ago."""
        if self._is_running or time.monotonic() < self._due_at:
            return
        self._due_at = time.monotonic() + POLL_INTERVAL_S
        self._is_running = True
        try:
            self._start(self._run)
        except RuntimeError:  # the system has no thread left
            self._is_running = False
            raise

    def _run(self) -> None:
        try:
            with self._app.app_context():
                polls = POLLS.contributions()
            for poll in polls:
                self._call(poll)
        finally:
            self._is_running = False

    def _call(self, poll: Callable[[], None]) -> None:
        """Call one, whatever becomes of it."""
        try:
            with self._app.app_context():
                poll()
        except OUTAGES as error:
            _log.warning("%s failed: %s", poll.__qualname__, type(error).__name__)
        except Exception:
            _log.exception("%s failed; it is tried again", poll.__qualname__)
