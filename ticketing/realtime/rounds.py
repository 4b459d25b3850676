"""What is done again and again, beside everyone, for as long as there is a need."""

from collections.abc import Callable
from threading import Lock
from typing import Any

from ticketing.web.extensions import socketio


class Rounds:
    """One task, started when there is something to do, and over when there is not.

    :param pause: seconds before each round.
    :param is_needed: whether there is anything to do.
    :param go: goes one round; what it raises ends the task until it is started again.
    """

    def __init__(
        self, pause: float, is_needed: Callable[[], Any], go: Callable[..., None]
    ) -> None:
        self.pause = pause
        self._is_needed = is_needed
        self._go = go
        self._running = Lock()

    def start(self, *args: Any) -> None:
        """Go rounds, ``go(*args)`` each, unless the task is there already.

        :raises Exception: it could not be started; the next call tries again.
        """
        if self._running.acquire(blocking=False):
            try:
                socketio.start_background_task(self._run, *args)
            except BaseException:  # no thread to be had, for now
                self._running.release()
                raise

    def _run(self, *args: Any) -> None:
        try:
            while self._is_needed():
                socketio.sleep(self.pause)
                self._go(*args)
        finally:
            self._running.release()
        if self._is_needed():  # one came in when it was already ending
            self.start(*args)
