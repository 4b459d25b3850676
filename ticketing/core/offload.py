"""Work that would keep everyone waiting, such as hashing or writing large files.

Where one loop serves every connection (eventlet), the entry point names a function
that runs such work beside the loop; elsewhere it runs in the caller's thread.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from flask import Flask, current_app

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
