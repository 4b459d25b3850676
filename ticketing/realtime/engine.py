"""Engine.IO, which takes clients at their word: what is no packet ends the connection.

Nobody waits for a client: neither for it to have read what it was sent, nor for it to
hang up once it has been given up.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Any

from engineio.exceptions import SocketIsClosedError
from engineio.packet import NOOP, PING, Packet

from ticketing.web.extensions import socketio
from ticketing.realtime import pings
from ticketing.realtime.packets import MOST_BYTES, MalformedError
from ticketing.realtime.websocket import hang_up, served_by

GRACE = 1  # seconds to read why, and to hang up first

_log = logging.getLogger(__name__)


def init_app() -> None:
    """Have the server of ``socketio`` read strictly, and wait for nobody."""
    eio = socketio.server.eio
    driver = eio._async
    # Without a limit of its own, a driver would take whatever a client sends at once.
    limits = {"max_message_size": MOST_BYTES} if eio.async_mode == "threading" else {}
    eio._async = {
        **driver,
        "queue": type("Queue", (Unawaited, driver["queue"]), {}),
        "websocket": partial(served_by, partial(driver["websocket"], **limits)),
    }
    eio.on("connect", partial(_welcome, eio.handlers["connect"]))
    eio.on("message", partial(_receive, eio.handlers["message"]))
    eio.on("disconnect", partial(_give_up, eio.handlers["disconnect"]))


def send_at_once(client: Any, packet: Packet) -> bool:
    """Send a packet without the detour by the client's writer, if it has nothing to do.

    Most of the time, it is where a fan-out spends most of its time.
    """
    packets = client.session.get("packets")
    busy = client.upgrading or not client.upgraded or client.closing or client.closed
    pinged, patience = client.last_ping, client.server.ping_timeout
    late = pinged and time.time() - pinged > patience
    if busy or late or not packets or client.queue.qsize():
        return False
    encoded = packet.encode()
    sent = isinstance(encoded, str) and packets.send_at_once(encoded)
    if sent is None:
        client.send(Packet(NOOP))  # it wakes the writer, which sends the rest first
    return sent is not False


def close_soon(sid: str) -> None:
    """Close the connection of a Socket.IO client, unless it does so itself."""
    server = socketio.server
    eio_sid = server.manager.eio_sid_from_sid(sid, "/")
    if eio_sid:  # else it is gone; to Engine.IO, None would mean all of them
        server.start_background_task(_after_grace, server.eio.disconnect, eio_sid)


class Unawaited:
    """What waits for a client: nobody waits, in turn, until it has read that."""

    def join(self) -> None:
        """Return at once; a client that is closed may well never read again."""


def _welcome(know: Any, eio_sid: str, environ: dict[str, Any]) -> None:
    """Take in a client, which is not to wait for its pings by itself."""
    eio = socketio.server.eio
    client = eio.sockets[eio_sid]
    client.session["handling"] = Lock()
    client.schedule_ping = partial(pings.schedule, client, _ping)
    know(eio_sid, environ)


def _ping(client: Any) -> None:
    """Ping a client; whoever has not been let in until now has had time enough."""
    if not _is_let_in(client.sid):
        client.server.disconnect(client.sid)
        return
    with suppress(SocketIsClosedError):
        client.last_ping = time.time()
        client.send(Packet(PING))


def _receive(handle: Any, eio_sid: str, data: Any) -> None:
    """Handle a message, and then, if it has been given up meanwhile, forget its sender.

    One that comes in the same request as, or at once with, the reason why is too late.
    """
    client = socketio.server.eio.sockets.get(eio_sid)
    if not client:
        return
    with client.session["handling"]:
        if not client.closing:
            _handle(handle, eio_sid, data)
    _forget_if_idle(client)


def _handle(handle: Any, eio_sid: str, data: Any) -> None:
    """Handle a message; one that makes no sense costs its sender the connection."""
    try:
        _require_standing(eio_sid, data)
        handle(eio_sid, data)
    except MalformedError as error:
        _log.info("closing a connection: %s", error)
        socketio.server.eio.disconnect(eio_sid)
    except Exception:
        _log.exception("closing a connection: a packet failed")
        socketio.server.eio.disconnect(eio_sid)


def _require_standing(eio_sid: str, data: Any) -> None:
    if not data or not isinstance(data, str | bytes):
        raise MalformedError("it holds no packet of Socket.IO")
    if data[0] != "0" and not _is_let_in(eio_sid):
        raise MalformedError("it comes from someone who has not been let in")


def _is_let_in(eio_sid: str) -> bool:
    manager = socketio.server.manager
    return manager.is_connected(manager.sid_from_eio_sid(eio_sid, "/"), "/")


def _give_up(forget: Any, eio_sid: str, reason: str) -> None:
    """Forget a client, and see to it that its connection ends, whatever it does."""
    eio = socketio.server.eio
    client = eio.sockets[eio_sid]
    pings.forget(client)
    client.session["forget"] = partial(forget, eio_sid, reason)
    _forget_if_idle(client)
    client.session["over"] = True
    if "connection" in client.session and reason != eio.reason.TRANSPORT_CLOSE:
        eio.start_background_task(_after_grace, hang_up, client)


def _forget_if_idle(client: Any) -> None:
    """Forget a client that is gone, unless a message of its is still being handled.

    That may be the one that lets it in: forgotten before, it would be there for good.
    """
    session = client.session
    if "forget" in session and session["handling"].acquire(blocking=False):
        try:
            session.pop("forget", lambda: None)()
        finally:
            session["handling"].release()


def _after_grace(end: Callable[[Any], None], client: Any) -> None:
    socketio.sleep(GRACE)
    end(client)
