"""Run work that would block an event loop, such as hashing or writing large files.

Where one loop serves every connection (eventlet), the entry point gives ``create_app``
a function that runs such work in a thread; elsewhere it runs in the caller's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Semaphore
from typing import Any, ParamSpec, TypeVar

from flask import Flask, current_app

from ticketing.core.errors import UnavailableError
from ticketing.core.text import t
from ticketing.core.transaction import renew_snapshot

P = ParamSpec("P")
T = TypeVar("T")
Offload = Callable[..., Any]


def init_app(app: Flask, run: Offload | None) -> None:
    """Run slow work through ``run(function, *args, **kwargs)``, if given."""
    app.extensions["offload"] = run


def offload(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return ``work(*args, **kwargs)`` without blocking an event loop.

    ``work`` runs without a request or a session. The caller's connection to the
    database is returned to the pool meanwhile.

    :raises RuntimeError: called inside ``transaction()``, which would hold its locks.
    """
    renew_snapshot()
    run = current_app.extensions["offload"]
    return run(work, *args, **kwargs) if run else work(*args, **kwargs)


class Queue:
    """Limit how many calls of one kind of slow work run and wait at a time.

    :param max_running: how many calls run at a time.
    :param max_calls: how many run or wait; more are refused.
    """

    def __init__(self, max_running: int, max_calls: int) -> None:
        self._running = Semaphore(max_running)
        self._places = Semaphore(max_calls)

    def offload(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return ``work(*args, **kwargs)`` once there is room for it; see ``offload``.

        :raises UnavailableError: too many calls wait already.
        """
        renew_snapshot()  # waiting holds no connection to the database
        with self._place(), self._running:
            return offload(work, *args, **kwargs)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise UnavailableError(t("Too many wait for this; try again shortly."))
        try:
            yield
        finally:
            self._places.release()
