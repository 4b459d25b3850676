"""Run a function periodically in the background while it is needed."""

import logging
from collections.abc import Callable
from threading import Lock
from typing import Any

from flask import Flask, current_app

from ticketing.web.extensions import socketio

_log = logging.getLogger(__name__)


class PeriodicTask:
    """A background task that calls a function periodically, and ends when idle.

    :param interval_s: seconds before each call.
    :param is_needed: returns whether to go on.
    :param run: the function, called in an application context; an error is logged.
    """

    def __init__(
        self, interval_s: float, is_needed: Callable[[], Any], run: Callable[[], None]
    ) -> None:
        self.interval_s = interval_s
        self._is_needed = is_needed
        self._function = run
        self._running = Lock()

    def start(self) -> None:
        """Start the task for the current application, unless it is running.

        :raises Exception: it could not be started; the next call tries again.
        """
        app: Any = current_app
        self._start(app._get_current_object())

    def _start(self, app: Flask) -> None:
        if self._running.acquire(blocking=False):
            try:
                socketio.start_background_task(self._run, app)
            except BaseException:  # no thread is available
                self._running.release()
                raise

    def _run(self, app: Flask) -> None:
        try:
            while self._is_needed():
                socketio.sleep(self.interval_s)
                self._call(app)
        finally:
            self._running.release()
        if self._is_needed():  # needed again while it was ending
            self._start(app)

    def _call(self, app: Flask) -> None:
        try:
            with app.app_context():
                self._function()
        except Exception:
            _log.exception("%s failed; it is tried again", self._function.__qualname__)
