"""Periodic calls: functions that a worker calls from time to time, beside jobs.

``POLLS`` are functions that find by an index what is due by the clock, about once a
second. A job for each moment that may come would have to be moved whenever that
changes. ``PRUNING`` are functions that delete what is old.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from flask import Flask

from ticketing.core.errors import OUTAGES
from ticketing.core.extension_points import ExtensionPoint

Functions = ExtensionPoint[Callable[[], object]]

# Called without a transaction; several workers may call one at the same time.
POLLS = Functions("worker_polls")
PRUNING = Functions("pruning")

_log = logging.getLogger(__name__)


class PeriodicCalls:
    """Calls functions in the background, one after another.

    :param interval_s: the seconds from one time to the next one, at least.
    :param start: runs a function in the background.
    """

    def __init__(
        self,
        app: Flask,
        functions: Functions,
        interval_s: float,
        start: Callable[..., Any],
    ) -> None:
        self._app, self._start = app, start
        self._functions, self._interval_s = functions, interval_s
        self._is_running = False
        self._due_at = 0.0

    def begin(self) -> None:
        """Begin to call them, unless that still goes on or was a moment ago."""
        if self._is_running or time.monotonic() < self._due_at:
            return
        self._due_at = time.monotonic() + self._interval_s
        self._is_running = True
        try:
            self._start(self._run)
        except RuntimeError:  # the system has no thread left
            self._is_running = False
            raise

    def _run(self) -> None:
        try:
            with self._app.app_context():
                functions = self._functions.contributions()
            for function in functions:
                self._call(function)
        finally:
            self._is_running = False

    def _call(self, function: Callable[[], object]) -> None:
        """Call one, whatever becomes of it."""
        try:
            with self._app.app_context():
                function()
        except OUTAGES as error:
            _log.warning("%s failed: %s", function.__qualname__, type(error).__name__)
        except Exception:
            _log.exception("%s failed; it is tried again", function.__qualname__)
