"""Clients that do not read: cut off before what waits for them costs the others.

Engine.IO queues without bound, and its writer waits for as long as the connection
lives. To end a wait that nothing else would, the connection itself is shut down.
"""

import logging
import socket
import time
from contextlib import suppress
from typing import Any

from ticketing.core.extensions import socketio

MOST_BYTES = 512 * 1024  # that wait for one client
PATIENCE = 20.0  # seconds in which a client reads nothing of what waits
CHECKED_EVERY = 32  # packets: adding up each time would cost the square of the backlog
OVERHEAD = 200  # bytes that a packet costs beside what it says
# Where servers keep the connection of a request: eventlet, gunicorn, Werkzeug.
SOCKETS = ("gunicorn.socket", "werkzeug.socket")

_heads: dict[str, tuple[int, float]] = {}
_log = logging.getLogger(__name__)


def watch() -> None:
    """Check, as packets are queued, that no client's queue grows too long."""
    queue_packet = socketio.server._send_eio_packet

    def send(eio_sid: str, packet: Any) -> None:
        queue_packet(eio_sid, packet)
        client = socketio.server.eio.sockets.get(eio_sid)
        waiting = client.queue.qsize() if client else 0
        if waiting and waiting % CHECKED_EVERY == 0:
            if _bytes_of(list(client.queue.queue)) > MOST_BYTES:
                drop(eio_sid, f"{waiting} packets wait for it")

    socketio.server._send_eio_packet = send


def drop_stalled() -> None:
    """Cut off the clients for which the same packet has been waiting too long."""
    now, before = time.monotonic(), _heads.copy()
    _heads.clear()
    for eio_sid, client in list(socketio.server.eio.sockets.items()):
        waiting = list(client.queue.queue)
        if not waiting:
            continue
        head = id(waiting[0])
        same, since = before.get(eio_sid, (head, now))
        _heads[eio_sid] = (head, since if same == head else now)
        if now - _heads[eio_sid][1] > PATIENCE:
            drop(eio_sid, f"it has read nothing for {PATIENCE:.0f} s")


def drop(eio_sid: str, why: str) -> None:
    """Cut off a client, be it in the middle of a packet."""
    _log.warning("dropping a client: %s", why)
    environ = socketio.server.environ.get(eio_sid, {})
    connection = _connection_of(environ)
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    client = socketio.server.eio.sockets.get(eio_sid)
    if client:
        with suppress(Exception):
            client.close(wait=False, abort=True)


def _connection_of(environ: dict[str, Any]) -> Any:
    if "eventlet.input" in environ:
        return environ["eventlet.input"].get_socket()
    return next((environ[name] for name in SOCKETS if name in environ), None)


def _bytes_of(packets: list[Any]) -> int:
    return sum(len(packet.data or "") + OVERHEAD for packet in packets if packet)
