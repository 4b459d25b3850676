"""The sockets of this process: whose they are, and until when."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from ticketing.core.database import utcnow
from ticketing.core.extensions import socketio


@dataclass(frozen=True)
class Connection:
    """A socket, the token it came with, and when that expires."""

    sid: str
    user_id: int
    jti: str
    expires_at: datetime


_connections: dict[str, Connection] = {}
_lock = Lock()


def add(sid: str, user_id: int, claims: dict) -> None:
    """Remember a socket that has been let in."""
    expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    with _lock:
        _connections[sid] = Connection(sid, user_id, claims["jti"], expires_at)


def remove(sid: str) -> None:
    """Forget a socket that is gone."""
    with _lock:
        _connections.pop(sid, None)


def is_known(sid: str) -> bool:
    """Whether a socket has been let in, and is not gone."""
    return sid in _connections


def any_left() -> bool:
    """Whether there is any socket."""
    return bool(_connections)


def sids_of(user_id: int) -> list[str]:
    """Return the sockets of a user."""
    return [c.sid for c in _all() if c.user_id == user_id]


def cut(which: Callable[[Connection], bool]) -> None:
    """Disconnect the sockets that match."""
    for connection in _all():
        if which(connection):
            with suppress(KeyError):  # it went by itself
                socketio.server.disconnect(connection.sid)


def cut_expired() -> None:
    """Disconnect the sockets whose token has expired."""
    now = utcnow()
    cut(lambda connection: connection.expires_at <= now)


def _all() -> Iterator[Connection]:
    with _lock:
        return iter(list(_connections.values()))
