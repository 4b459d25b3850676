"""Run a function periodically in the background while it is needed."""

from collections.abc import Callable
from threading import Lock
from typing import Any

from ticketing.web.extensions import socketio


class PeriodicTask:
    """A background task that calls a function periodically, and ends when idle.

    :param interval_s: seconds before each call.
    :param is_needed: returns whether to go on.
    :param run: the function; an exception ends the task until it is started again.
    """

    def __init__(
        self, interval_s: float, is_needed: Callable[[], Any], run: Callable[..., None]
    ) -> None:
        self.interval_s = interval_s
        self._is_needed = is_needed
        self._function = run
        self._running = Lock()

    def start(self, *args: Any) -> None:
        """Start to call ``run(*args)`` periodically, unless the task is running.

        :raises Exception: it could not be started; the next call tries again.
        """
        if self._running.acquire(blocking=False):
            try:
                socketio.start_background_task(self._run, *args)
            except BaseException:  # no thread is available
                self._running.release()
                raise

    def _run(self, *args: Any) -> None:
        try:
            while self._is_needed():
                socketio.sleep(self.interval_s)
                self._function(*args)
        finally:
            self._running.release()
        if self._is_needed():  # needed again while it was ending
            self.start(*args)
