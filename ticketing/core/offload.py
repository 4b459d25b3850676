"""Work that would keep everyone waiting, such as hashing or writing large files.

Where one loop serves every connection (eventlet), the entry point names a function
that runs such work beside the loop; elsewhere it runs in the caller's thread.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Semaphore
from typing import Any, ParamSpec, TypeVar

from flask import Flask, current_app

from ticketing.core.errors import UnavailableError
from ticketing.core.transaction import renew_snapshot

P = ParamSpec("P")
T = TypeVar("T")
Offload = Callable[..., Any]


def init_app(app: Flask, run: Offload | None) -> None:
    """Run slow work through ``run(function, *args, **kwargs)``, if there is one."""
    app.extensions["offload"] = run


def offload(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return ``work(*args, **kwargs)``; meanwhile others are served.

    ``work`` knows neither the request nor the session: its thread has none. The caller
    holds no connection to the database while it waits.

    :raises RuntimeError: called inside ``transaction()``, which would be kept waiting.
    """
    renew_snapshot()
    run = current_app.extensions["offload"]
    return run(work, *args, **kwargs) if run else work(*args, **kwargs)


class Queue:
    """Slow work of one kind, so much of it at a time that others are served as well.

    :param at_once: how many pieces are worked on at a time.
    :param most: how many there are at most, with those that wait.
    """

    def __init__(self, at_once: int, most: int) -> None:
        self._turns = Semaphore(at_once)
        self._places = Semaphore(most)

    def offload(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return ``work(*args, **kwargs)``, when its turn has come; see ``offload``.

        :raises UnavailableError: too many wait already.
        """
        renew_snapshot()  # whoever waits holds no connection
        with self._place(), self._turns:
            return offload(work, *args, **kwargs)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise UnavailableError("Too many wait for this; try again shortly.")
        try:
            yield
        finally:
            self._places.release()
