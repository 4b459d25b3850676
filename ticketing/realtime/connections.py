"""The sockets of this process: whose they are, and by what right."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from ticketing.accounts.models import Actor, Role
from ticketing.ops import metrics
from ticketing.web.extensions import socketio
from ticketing.core.auth import Claims
from ticketing.realtime.engine import close_soon


@dataclass(frozen=True)
class Connection:
    """A socket, the token it came with, and the role its user had then."""

    sid: str
    user_id: int
    role: Role
    jti: str
    expires_at: datetime


_connections: dict[str, Connection] = {}
_lock = Lock()


def add(sid: str, user: Actor, claims: Claims) -> None:
    """Remember a socket that has been let in."""
    expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    with _lock:
        _connections[sid] = Connection(
            sid, user.id, user.role, claims["jti"], expires_at
        )


def remove(sid: str) -> None:
    """Forget a socket that is gone."""
    with _lock:
        _connections.pop(sid, None)


def find(sid: str) -> Connection | None:
    """Return what is known of a socket, if it has been let in and is not gone."""
    return _connections.get(sid)


def everyone() -> list[Connection]:
    """Return all sockets."""
    with _lock:
        return list(_connections.values())


def sids_of(user_id: int) -> list[str]:
    """Return the sockets of a user."""
    return [c.sid for c in everyone() if c.user_id == user_id]


metrics.SOCKETS.set_function(lambda: len(_connections))


def cut(which: Callable[[Connection], bool]) -> None:
    """Disconnect the sockets that match, waiting for none of them."""
    for connection in filter(which, everyone()):
        close_soon(connection.sid)
        with suppress(KeyError):  # it went by itself
            socketio.server.disconnect(connection.sid)
