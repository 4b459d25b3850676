"""Engine.IO's WebSockets, as its drivers provide them; read strictly, and ended."""

import logging
import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import Any

from engineio.packet import CLOSE, MESSAGE, PONG, UPGRADE, Packet

from ticketing.realtime.packets import MOST_BYTES

Environ = dict[str, Any]
WSGI = Callable[[Environ, Any], Iterable[bytes]]

FROM_CLIENTS = (CLOSE, PONG, MESSAGE, UPGRADE)
PROBE = "2probe"  # the one ping of a client's, with which an upgrade begins
MOST_RECEIVED = 2 * MOST_BYTES  # in however many frames, each with its own header
TEXT = 0x81  # a frame that begins and ends a text
# Where servers keep the connection of a request: eventlet, gunicorn, Werkzeug.
SOCKETS = ("gunicorn.socket", "werkzeug.socket")

_log = logging.getLogger(__name__)


def is_packet(encoded: str | bytes) -> bool:
    """Whether it is a packet, of a type that clients send."""
    try:
        return Packet(encoded_packet=encoded).packet_type in FROM_CLIENTS
    except ValueError:
        return False


def hang_up(client: Any) -> None:
    """Shut down the WebSocket of a client, whoever waits for it to read or to speak."""
    connection = client.session.get("connection")
    if connection:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def served_by(driver: Any, handler: Any, server: Any) -> WSGI:
    """Return what serves one connection, as Engine.IO asks its driver for it.

    :param handler: a method of the client whose connection it is.
    """
    client = handler.__self__

    def handle(ws: Any) -> Any:
        packets = client.session["packets"] = Packets(ws)
        return handler(packets)

    serve_by_driver = driver(handle, server)

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        hang_up(client)  # on an attempt before, which may still be going on
        client.session["connection"] = _connection_of(environ)
        return serve_by_driver(environ, start_response)

    return serve


@lru_cache(16)
def frame_of(packet: str) -> bytes:
    """Return a text frame, unmasked, whole (RFC 6455, section 5.2).

    One is made for all that a packet goes to.
    """
    data = packet.encode()
    size = len(data)
    if size < 126:
        return struct.pack("!BB", TEXT, size) + data
    if size < 2**16:
        return struct.pack("!BBH", TEXT, 126, size) + data
    return struct.pack("!BBQ", TEXT, 127, size) + data


class Metered:
    """A connection that does not receive more than any packet takes."""

    def __init__(self, connection: Any) -> None:
        self.received = 0  # bytes, of the packet that is being received
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        """Return what the connection has of this name."""
        return getattr(self._connection, name)

    def recv(self, size: int) -> bytes:
        """Receive at most ``size`` bytes.

        :raises ConnectionError: the packet does not come to an end.
        """
        data = self._connection.recv(size)
        self.received += len(data)
        if self.received > MOST_RECEIVED:
            raise ConnectionError("a packet is too large")
        return data


class Packets:
    """A WebSocket that ends with the first packet that is none."""

    def __init__(self, ws: Any) -> None:
        self._meter = self._unblocked = None
        if hasattr(ws, "socket"):  # eventlet's, which limits frames, but not packets
            self._unblocked = ws.socket.fd
            ws.socket = self.socket = self._meter = Metered(ws.socket)
        self._ws = ws
        self._begun = self._ended = self._sending = False
        self._rest = b""  # of a frame that did not fit in the system's buffer

    def send(self, packet: str | bytes) -> None:
        """Send a packet, when what was sent before it is out."""
        self._sending = True
        try:
            if self._rest:
                rest, self._rest = self._rest, b""
                self.socket.sendall(rest)
            self._ws.send(packet)
        finally:
            self._sending = False

    def send_at_once(self, packet: str) -> bool | None:
        """Send a packet, if nobody has to wait for that; without it, the writer's turn.

        :return: whether it was sent; ``None`` if it was begun, and the next ``send``
            ends it.
        """
        if self._unblocked is None or self._sending or self._rest:
            return False
        frame = frame_of(packet)
        try:
            sent = self._unblocked.send(frame)
        except OSError:  # it would block; or what ails it, the writer finds out
            return False
        self._rest = frame[sent:]
        return None if self._rest else True

    def close(self) -> None:
        """Close it, unless there is nothing left to close."""
        if not self._ended:
            with suppress(Exception):  # whatever a driver makes of what just ended
                self._ws.close()

    def wait(self) -> str | bytes | None:
        """Return the next packet, or None: there is none any more."""
        try:
            if self._meter:
                self._meter.received = 0
            packet = self._ws.wait()
        except Exception as error:  # whatever a driver makes of what is no frame
            _log.info("a connection failed: %s", error)
            packet = None
        self._ended = packet is None
        first, self._begun = not self._begun, True
        if packet is None or is_packet(packet) or first and packet == PROBE:
            return packet
        _log.info("closing a connection: a packet is malformed")
        return None


def _connection_of(environ: dict[str, Any]) -> Any:
    if "eventlet.input" in environ:
        return environ["eventlet.input"].get_socket()
    return next((environ[name] for name in SOCKETS if name in environ), None)
