"""Speak Socket.IO byte by byte, to send what no client library would send."""

import base64
import json
import os
import socket
import struct
import time
from contextlib import suppress
from http.client import HTTPConnection
from typing import Any

from served import Process

TEXT, BINARY, CLOSE = 1, 2, 8
PATIENCE = 8  # seconds
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\n"
    "Host: 127.0.0.1:{port}\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: {key}\r\n\r\n"
)


ANSWERS = ("43", "44")  # an acknowledgement, a connection refused


class Closed(Exception):
    """The server has closed the connection."""


class RawSocket:
    """A WebSocket to ``path`` that sends and reads nothing by itself.

    :param buffer: size in bytes of the system's receive buffer; ``None`` for its
        default.
    """

    path = "/socket.io/?EIO=4&transport=websocket"

    def __init__(self, process: Process, buffer: int | None = None) -> None:
        self._socket = socket.socket()
        if buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(("127.0.0.1", process.port))
        self._socket.sendall(self._handshake(process.port).encode())
        self._waiting = b""
        while b"\r\n\r\n" not in self._waiting:
            self._waiting += self._received()
        answer, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
        if b" 101 " not in answer:
            self._socket.close()
            raise Closed(answer)

    def __enter__(self) -> "RawSocket":
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def log_in(self, token: str) -> "RawSocket":
        """Connect to the default namespace."""
        self.send("40" + json.dumps({"token": token}))
        self.wait_for("40")
        return self

    def join(self, ticket: dict) -> None:
        """Join a ticket."""
        self.send("420" + json.dumps(["join", {"ticket_id": ticket["id"]}]))
        self.wait_for("430")

    def send(self, packet: str | bytes) -> None:
        """Send a packet.

        :raises Closed: nobody takes it.
        """
        if isinstance(packet, str):
            self.send_frame(TEXT, packet.encode())
        else:
            self.send_frame(BINARY, packet)

    def send_frame(self, opcode: int, data: bytes) -> None:
        """Send a frame, masked with zeros."""
        size = len(data)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
        self.send_bytes(head + bytes(4) + data)

    def send_bytes(self, data: bytes) -> None:
        """Send bytes that need not be a frame."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise Closed from error

    def wait_for(self, prefix: str) -> Any:
        """Return the JSON of the next packet with a prefix; answer pings until then.

        :raises Closed: before that.
        :raises TimeoutError: neither comes.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            packet = self.read()
            if time.monotonic() > deadline:
                raise TimeoutError(prefix)
            if packet == "2":
                self.send("3")
            elif packet.startswith(prefix):
                return json.loads(packet[len(prefix) :] or "null")

    def wait_for_event(self, name: str) -> Any:
        """Return the first argument of the next event of a name.

        :raises Closed: before that.
        :raises TimeoutError: no event comes.
        """
        while (event := self.wait_for("42"))[0] != name:
            pass
        return event[1]

    def read(self) -> str:
        """Return the next packet.

        :raises Closed: there is none any more.
        """
        opcode, data = self.read_frame()
        if opcode == CLOSE:
            raise Closed(data)
        return data.decode()

    def read_frame(self) -> tuple[int, bytes]:
        """Return the opcode and the data of the next frame.

        :raises Closed: there is none any more.
        """
        head, size = self._exactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._exactly(8))
        return head & 0x0F, self._exactly(size)

    def outcome(self) -> str:
        """Return ``answered`` or ``closed``, whichever comes first; answer no pings.

        :raises TimeoutError: neither does.
        """
        try:
            while not self.read().startswith(ANSWERS):
                pass
        except Closed:
            return "closed"
        return "answered"

    def drain(self, patience: float = 20) -> int:
        """Read until the connection is closed; return how many bytes there were.

        :param patience: seconds in which something has to come.
        :raises TimeoutError: nothing did.
        """
        self._socket.settimeout(patience)
        total = len(self._waiting)
        with suppress(Closed):
            while True:
                total += len(self._received())
        return total

    def answer_pings(self, seconds: float) -> int:
        """Read for some time, and answer pings; return their number.

        :raises Closed: the connection does not last as long.
        """
        pings, deadline = 0, time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            with suppress(TimeoutError):
                if self.read() == "2":
                    self.send("3")
                    pings += 1
        self._socket.settimeout(PATIENCE)
        return pings

    def _handshake(self, port: int) -> str:
        key = base64.b64encode(os.urandom(16)).decode()
        return HANDSHAKE.format(path=self.path, port=port, key=key)

    def _exactly(self, size: int) -> bytes:
        while len(self._waiting) < size:
            self._waiting += self._received()
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        return data

    def _received(self) -> bytes:
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            raise
        except OSError as error:
            raise Closed from error
        if not data:
            raise Closed
        return data


class RawPolling:
    """A session over HTTP long-polling, with a connection for each request."""

    def __init__(self, process: Process) -> None:
        self._port = process.port
        self._path = "/socket.io/?EIO=4&transport=polling"
        status, body = self._request("GET")
        if status != 200:
            raise Closed(body)
        self._path += f"&sid={json.loads(body[1:])['sid']}"

    def __enter__(self) -> "RawPolling":
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(Closed, OSError):
            self.send("1")

    def log_in(self, token: str) -> "RawPolling":
        """Connect to the default namespace."""
        self.send("40" + json.dumps({"token": token}))
        while "40{" not in self.read():
            pass
        return self

    def send(self, packet: str | bytes) -> None:
        """Send one packet, or several in one payload.

        :raises Closed: the session is over, with it or since before.
        """
        if isinstance(packet, bytes):
            packet = "b" + base64.b64encode(packet).decode()
        self.send_bytes(packet.encode(errors="surrogatepass"))

    def send_bytes(self, body: bytes) -> None:
        """Send bytes that need not be text.

        :raises Closed: the session is over, with it or since before.
        """
        status, answer = self._request("POST", body)
        if status != 200:
            raise Closed(answer)

    def read(self) -> str:
        """Return the next payload of the server: one packet, or several.

        :raises Closed: there is none any more.
        """
        status, body = self._request("GET")
        if status != 200 or body in (b"", b"1"):
            raise Closed(body)
        return body.decode()

    def outcome(self) -> str:
        """Return ``answered`` or ``closed``, whichever comes first.

        :raises TimeoutError: neither does.
        """
        try:
            while not any(p.startswith(ANSWERS) for p in self.read().split("\x1e")):
                pass
        except Closed:
            return "closed"
        return "answered"

    def _request(self, method: str, body: bytes | None = None) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request(method, self._path, body)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()
