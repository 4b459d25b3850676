"""The sockets of this process, with their users and tokens."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from prometheus_client import Gauge

from ticketing.accounts.models import Actor, Role
from ticketing.core.auth import Claims
from ticketing.web.extensions import socketio

PONG_TIMEOUT_S = 2.0
PONG_INTERVAL_S = 0.05


@dataclass(frozen=True)
class Connection:
    """A socket, its token, and its user as they were when it connected."""

    sid: str
    user_id: int
    name: str
    role: Role
    jti: str
    expires_at: datetime

    @property
    def profile(self) -> dict[str, Any]:
        """Return the public profile of its user."""
        return {"id": self.user_id, "name": self.name, "role": self.role}


_connections: dict[str, Connection] = {}
SOCKETS = Gauge("ticketing_open_sockets", "Authenticated sockets")
SOCKETS.set_function(lambda: len(_connections))
_lock = Lock()


def add(sid: str, user: Actor, claims: Claims) -> None:
    """Add a socket that has been admitted."""
    expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    with _lock:
        _connections[sid] = Connection(
            sid, user.id, user.name, user.role, claims["jti"], expires_at
        )


def remove(sid: str) -> None:
    """Remove a socket that has disconnected."""
    with _lock:
        _connections.pop(sid, None)


def find(sid: str) -> Connection | None:
    """Return an admitted socket that is still connected, or ``None``."""
    return _connections.get(sid)


def connected() -> list[Connection]:
    """Return all sockets."""
    with _lock:
        return list(_connections.values())


def sids_of(user_id: int) -> list[str]:
    """Return the sockets of a user."""
    return [c.sid for c in connected() if c.user_id == user_id]


def drop_unresponsive(user_id: int) -> None:
    """Drop those of a user's sockets that do not answer a ping.

    A connection whose network is gone looks open until its regular ping times out.
    """
    server, asked_at = socketio.server, time.monotonic()
    eio_sids = [server.manager.eio_sid_from_sid(sid, "/") for sid in sids_of(user_id)]
    found = [server.eio.sockets.get(eio_sid) for eio_sid in eio_sids]
    silent = [client for client in found if client]
    for client in silent:
        client.ask_for_pong()
    while silent and time.monotonic() < asked_at + PONG_TIMEOUT_S:
        socketio.sleep(PONG_INTERVAL_S)
        silent = [c for c in silent if not c.closed and c.last_received < asked_at]
    for client in silent:
        client.drop("it does not answer a ping, and a new connection waits")


def disconnect(which: Callable[[Connection], bool]) -> None:
    """Disconnect the sockets that match, without waiting for any.

    python-socketio leaves it to the client to close the connection.
    """
    server = socketio.server
    for connection in filter(which, connected()):
        eio_sid = server.manager.eio_sid_from_sid(connection.sid, "/")
        with suppress(KeyError):  # it has just disconnected
            server.disconnect(connection.sid)
        client = server.eio.sockets.get(eio_sid)
        if client:
            socketio.start_background_task(client.close_soon)
