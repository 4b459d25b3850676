"""Clients that do not read: cut off before what waits for them costs the others.

Engine.IO queues without bound, and its writer waits for as long as the connection
lives. To end a wait that nothing else would, the connection itself is shut down. What
clients ask for themselves is not even begun, until they have read what they asked for.
"""

import logging
import time
from contextlib import suppress
from functools import partial
from typing import Any

from engineio.exceptions import SocketIsClosedError

from ticketing.web.extensions import socketio
from ticketing.realtime.engine import send_at_once
from ticketing.realtime.websocket import hang_up

MOST_BYTES = 512 * 1024  # that wait for one client
PATIENCE = 20.0  # seconds in which a client reads nothing of what waits
PAUSE = 0.05  # seconds until it is looked again whether a client has read
CHECKED_EVERY = 32  # packets: adding up each time would cost the square of the backlog
OVERHEAD = 200  # bytes that a packet costs beside what it says

_heads: dict[str, tuple[Any, float]] = {}
_log = logging.getLogger(__name__)


def watch() -> None:
    """Check, as packets are queued, that no client's queue grows too long."""
    eio = socketio.server.eio
    queue_packet = eio.send_packet

    def send(eio_sid: str, packet: Any) -> None:
        with suppress(SocketIsClosedError):  # by a thread, just now; others are to hear
            queue_packet(eio_sid, packet)
        client = eio.sockets.get(eio_sid)
        waiting = client.queue.qsize() if client else 0
        if waiting and waiting % CHECKED_EVERY == 0 and _is_long(client):
            drop(eio_sid, f"{waiting} packets wait for it")

    def send_to_many(eio_sid: str, packet: Any) -> None:
        client = eio.sockets.get(eio_sid)
        if not client or not send_at_once(client, packet):
            send(eio_sid, packet)

    eio.send_packet = send
    socketio.server._send_eio_packet = send_to_many
    eio.on("message", partial(_receive, eio.handlers["message"]))


def _receive(receive: Any, eio_sid: str, data: Any) -> None:
    """Have a message wait while its client leaves too much unread."""
    client = socketio.server.eio.sockets.get(eio_sid)
    while client and _is_long(client) and "over" not in client.session:
        socketio.sleep(PAUSE)
    receive(eio_sid, data)


def drop_stalled() -> None:
    """Cut off the clients for which the same packet has been waiting too long."""
    now, before = time.monotonic(), _heads.copy()
    _heads.clear()
    for eio_sid, client in list(socketio.server.eio.sockets.items()):
        waiting = list(client.queue.queue)
        if not waiting or client.closing:
            continue
        head = waiting[0]
        same, since = before.get(eio_sid, (head, now))
        _heads[eio_sid] = (head, since if same is head else now)
        if now - _heads[eio_sid][1] > PATIENCE:
            drop(eio_sid, f"it has read nothing for {PATIENCE:.0f} s")


def drop(eio_sid: str, why: str) -> None:
    """Cut off a client, be it in the middle of a packet."""
    _log.warning("dropping a client: %s", why)
    client = socketio.server.eio.sockets.get(eio_sid)
    if client:
        hang_up(client)
        with suppress(Exception):
            client.close(wait=False, abort=True)


def _is_long(client: Any) -> bool:
    waiting = [packet for packet in list(client.queue.queue) if packet]
    return sum(len(packet.data or "") + OVERHEAD for packet in waiting) > MOST_BYTES
