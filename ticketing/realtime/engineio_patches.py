"""Changes to python-engineio 4.15: limits of what a client may send, and keep waiting.

The library has no option for any of this. Each change names the upstream file that it
depends on and the fault it corrects; ``tests/realtime/test_engineio_patches.py`` shows
each fault over a real connection if the change has no effect. ``websockets`` changes
what carries the packets of Engine.IO, ``socketio_patches`` what they carry.
"""

import logging
import time
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from functools import cache, partial
from typing import Any

import engineio.socket
from engineio.exceptions import EngineIOError, SocketIsClosedError, UnknownPacketError
from engineio.packet import MESSAGE, PING, Packet
from engineio.socket import Socket as StockSocket

from ticketing.realtime.websockets import PACKET_OVERHEAD_BYTES, prepare, shut_down

BACKPRESSURE_BYTES = 256 * 1024  # queued for a client, whose next event then waits
BACKPRESSURE_INTERVAL_S = 0.05
MAX_QUEUED_BYTES = 1024 * 1024  # an answer, 512 KiB at most, fits in addition
STALL_TIMEOUT_S = 20.0
CLOSE_TIMEOUT_S = 1.0  # for a client to read the reason and to close by itself
CONNECT = "0"  # the Socket.IO packet that enters a namespace
# In the environ of a request: what creates its client, instead of LimitedSocket.
NEW_SOCKET = "ticketing.new_socket"

_log = logging.getLogger(__name__)
_environ: ContextVar[dict[str, Any]] = ContextVar("environ")
# What upstream raises for a malformed packet.
PACKET_ERRORS = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
_NEEDED = (
    *("poll", "send", "receive", "close", "check_ping_timeout", "_send_ping"),
    *("handle_post_request", "_websocket_handler"),
)


def apply(server: Any) -> None:
    """Change the Engine.IO server of a Socket.IO server.

    engineio/server.py creates ``socket.Socket``, and offers no option for its class.

    :raises RuntimeError: the installed release lacks what is changed here.
    """
    missing = [name for name in _NEEDED if not hasattr(StockSocket, name)]
    if missing:
        raise RuntimeError(f"python-engineio has changed: Socket lacks {missing}.")
    engineio.socket.Socket = _new_socket
    server.eio.socketio = server
    server.eio.handle_request = partial(_handle_request, server.eio.handle_request)
    server.eio.on("message", _receiver(server, server.eio.handlers["message"]))


class CountedQueue:
    """Add up the bytes in a queue, by the methods that queues offer to subclasses."""

    def _init(self, maxsize: int) -> None:
        self.bytes = 0
        super()._init(maxsize)  # type: ignore[misc]

    def _put(self, packet: Packet | None) -> None:
        self.bytes += _size(packet)
        super()._put(packet)  # type: ignore[misc]

    def _get(self) -> Packet | None:
        packet = super()._get()  # type: ignore[misc]
        self.bytes -= _size(packet)
        return packet


@cache
def _counted(queue: type) -> type:
    """Return the class of queues that count bytes; one for each socket takes 3 KB."""
    return type("Queue", (CountedQueue, queue), {})


class LimitedSocket(StockSocket):
    """A client that can neither exhaust memory nor block threads."""

    def __init__(self, server: Any, sid: str) -> None:
        super().__init__(server, sid)
        self.queue = _counted(server._async["queue"])()
        self.last_received = time.monotonic()
        self._ws: Any = None
        self._head: tuple[Packet | None, float] = (None, 0.0)

    def send(self, pkt: Packet) -> None:
        """Send a packet: directly if nothing else is waiting, else by the queue.

        engineio/socket.py: the queue is unbounded. Passing each packet to the client's
        writer takes most of the time of a fan-out. A client that closes just now
        raises an error, which would end the fan-out for those after it.
        """
        idle = self.upgraded and not (self.upgrading or self.closing or self.closed)
        # Pings go to the writer: it closes a connection for which nothing has been
        # queued for as long as an interval and a timeout of pings.
        direct = idle and pkt.packet_type == MESSAGE and not self.queue.qsize()
        if direct and self._send_directly(pkt):
            return
        with suppress(SocketIsClosedError):
            super().send(pkt)
        if self.queue.bytes > MAX_QUEUED_BYTES and not self.closing:
            self.drop(f"{self.queue.bytes} bytes wait for it")

    def _send_directly(self, pkt: Packet) -> bool:
        """Write to the non-blocking socket of eventlet if nobody else is writing.

        eventlet/websocket.py 0.41: ``_sendlock`` is held while a frame is written,
        which ``_pack_message`` returns.
        """
        ws, encoded = self._ws, pkt.encode()
        lock = getattr(ws, "_sendlock", None)
        if lock is None or lock.locked() or not isinstance(encoded, str):
            return False
        if not hasattr(pkt, "frame"):  # one for all clients that the packet goes to
            pkt.frame = ws._pack_message(encoded)
        try:
            sent = ws.socket.fd.send(pkt.frame)
        except OSError:  # it would block; any other fault, the writer will meet
            return False
        if sent < len(pkt.frame):
            lock.acquire()  # at once: it is free
            self.server.start_background_task(_send_rest, ws, pkt.frame[sent:])
        return True

    def receive(self, pkt: Packet) -> None:
        """Handle a packet; an event not while the client's send queue is full.

        engineio/socket.py: has no backpressure. It handles events as fast as they
        come, and keeps every answer for a client that reads none.
        """
        self.last_received = time.monotonic()
        while (
            pkt.packet_type == MESSAGE
            and self.queue.bytes > BACKPRESSURE_BYTES
            and not self.closed
        ):
            self.server.sleep(BACKPRESSURE_INTERVAL_S)
        super().receive(pkt)

    def check_ping_timeout(self) -> bool:
        """Drop a client that has taken nothing from its queue for too long.

        engineio/socket.py: a client that answers pings unasked, and reads nothing,
        stays for ever. Called for each client by the server's monitoring task.
        """
        if not super().check_ping_timeout():
            return False
        try:
            head = self.queue.queue[0]
        except IndexError:
            head = None
        now = time.monotonic()
        if head is not self._head[0]:
            self._head = (head, now)
        if head is None or self.closing or now - self._head[1] <= STALL_TIMEOUT_S:
            return True
        self.drop(f"it has read nothing for {STALL_TIMEOUT_S:.0f} s")
        return False

    def ask_for_pong(self) -> None:
        """Send a ping beside the regular ones; ``last_received`` shows the answer."""
        self.send(Packet(PING))

    def drop(self, reason: str) -> None:
        """Close a connection at once, in the middle of a packet if need be."""
        _log.warning("dropping a client: %s", reason)
        shut_down(self._ws)
        self.close(abort=True)

    def close_soon(self) -> None:
        """Close the session unless the client has done so after ``CLOSE_TIMEOUT_S``."""
        self.server.sleep(CLOSE_TIMEOUT_S)
        if not self.closed:
            self.close()

    def close(
        self, wait: bool = True, abort: bool = False, reason: str | None = None
    ) -> None:
        """Close the session and then the connection; wait for neither.

        engineio/server.py: ``disconnect`` waits until the client has read everything:
        20 malformed packets would block 20 threads for ever. engineio/socket.py:
        leaves a connection open whose client does not close it. engineio/server.py:
        raises KeyError for a request to a closed session that it still has.
        """
        self.server.sockets.pop(self.sid, None)
        super().close(wait=False, abort=abort, reason=reason)
        if self._ws and reason != self.server.reason.TRANSPORT_CLOSE:
            self.server.start_background_task(self._shut_down_soon)

    def _shut_down_soon(self) -> None:
        self.server.sleep(CLOSE_TIMEOUT_S)
        shut_down(self._ws)

    def _send_ping(self) -> None:
        """Ping; close a connection that has not entered the namespace by then.

        engineio/socket.py: keeps a connection that never authenticates.
        """
        super()._send_ping()
        if not self.closed:
            self.close_if_unused()

    def close_if_unused(self) -> None:
        """Close a connection that has not entered the namespace."""
        if not self.server.socketio.manager.sid_from_eio_sid(self.sid, "/"):
            self.close()

    def opened(self, ws: Any) -> None:
        """Prepare a WebSocket before anything is read or written."""

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Close the session of a request whose body is malformed.

        engineio/server.py: logs a traceback and answers 200.
        """
        try:
            super().handle_post_request(environ)
        except EngineIOError:
            raise
        except Exception as error:
            _log.info("closing a session: %r", type(error))
            raise UnknownPacketError from error

    def _websocket_handler(self, ws: Any) -> Any:
        """Limit messages; close a connection whose packet is malformed.

        engineio/socket.py: a malformed packet raises past all clean-up; the session
        and its writer remain. A session may begin any number of upgrades.
        """
        shut_down(self._ws)
        self._ws = ws
        prepare(ws)
        self.opened(ws)
        try:
            return super()._websocket_handler(ws)
        except Exception as error:
            _log.info("closing a connection: %r", type(error))
            self.queue.put(None)  # ends the writer
            self.close(abort=True, reason=self.server.reason.TRANSPORT_ERROR)
            return []
        finally:
            # gunicorn closes the socket, but not while simple_websocket reads from it.
            shut_down(ws)


def _new_socket(server: Any, sid: str) -> LimitedSocket:
    """Create a client; the request that it comes with may name another class."""
    return _environ.get().get(NEW_SOCKET, LimitedSocket)(server, sid)


def _handle_request(handle: Any, environ: dict[str, Any], start_response: Any) -> Any:
    """Refuse a WebSocket to a request that is no handshake (RFC 6455, section 4.2.1).

    engineio/server.py, eventlet and wsproto: fail in a traceback, or accept it.
    """
    try:
        key = b64decode(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""), validate=True)
    except ValueError:
        key = b""
    upgrades = "upgrade" in environ.get("HTTP_CONNECTION", "").lower()
    version = environ.get("HTTP_SEC_WEBSOCKET_VERSION")
    if not upgrades or version != "13" or len(key) != 16:
        environ.pop("HTTP_UPGRADE", None)
    _environ.set(environ)
    return handle(environ, start_response)


def _receiver(server: Any, handle: Callable[[str, Any], None]) -> Callable[..., None]:
    """Return a handler of messages that closes the connection of a malformed one.

    engineio/base_server.py: logs a traceback for each one. socketio/server.py: a
    client that leaves while it is being admitted stays in its rooms for ever, and an
    event from outside the namespace is neither answered nor refused.
    """

    def receive(eio_sid: str, data: Any) -> None:
        client = server.eio.sockets.get(eio_sid)
        if not client:  # closed by an earlier packet of the same request
            return
        environ = server.environ.get(eio_sid)
        enters = isinstance(data, str) and data.startswith(CONNECT)
        try:
            if not enters and not server.manager.sid_from_eio_sid(eio_sid, "/"):
                raise ValueError("it comes from outside the namespace")
            handle(eio_sid, data)
        except PACKET_ERRORS as error:
            _log.info("closing a connection: a packet is malformed: %r", type(error))
            client.close()
        except Exception:
            _log.exception("closing a connection: a packet failed")
            client.close()
        if eio_sid not in server.eio.sockets:
            # Without its environ, Flask-SocketIO would call no handler.
            server.environ.setdefault(eio_sid, environ)
            server._handle_eio_disconnect(eio_sid, server.reason.CLIENT_DISCONNECT)
            sid = server.manager.sid_from_eio_sid(eio_sid, "/")
            if sid:  # not yet admitted
                server.manager.disconnect(sid, "/", ignore_queue=True)

    return receive


def _send_rest(ws: Any, rest: bytes) -> None:
    try:
        ws.socket.sendall(rest)
    except OSError:  # half a frame is out: nothing can follow it
        shut_down(ws)
    finally:
        ws._sendlock.release()


def _size(packet: Packet | None) -> int:
    return len(packet.data or "") + PACKET_OVERHEAD_BYTES if packet else 0
