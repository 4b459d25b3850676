"""Pings, by one task for all clients: one for each would keep a stack, or a thread."""

import logging
import time
from collections.abc import Callable
from typing import Any

from ticketing.realtime.rounds import Rounds

PAUSE = 0.25  # seconds between two looks at who is due

Ping = Callable[[Any], None]

_due: dict[Any, tuple[float, Ping]] = {}  # in the order in which they are due
_log = logging.getLogger(__name__)


def schedule(client: Any, ping: Ping) -> None:
    """Ping a client after its interval, if it has answered the last ping."""
    if client.last_ping:
        client.last_ping = None
        _due[client] = time.monotonic() + client.server.ping_interval, ping
        _rounds.start()


def forget(client: Any) -> None:
    """Ping a client no more."""
    _due.pop(client, None)


def _ping_due() -> None:
    now = time.monotonic()
    for client, (due, ping) in list(_due.items()):
        if due > now:
            break
        forget(client)
        try:
            ping(client)
        except Exception:
            _log.exception("could not ping a client")


_rounds = Rounds(PAUSE, lambda: _due, _ping_due)
