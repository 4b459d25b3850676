"""What is read from a WebSocket of simple-websocket, over a real connection."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from simple_websocket import ConnectionClosed, Server

from ticketing.realtime import websockets

HANDSHAKE = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/",
    "HTTP_HOST": "localhost",
    "HTTP_UPGRADE": "websocket",
    "HTTP_CONNECTION": "Upgrade",
    "HTTP_SEC_WEBSOCKET_KEY": "MDEyMzQ1Njc4OWFiY2RlZg==",
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
}
# Masked with zeros: a message of one character.
MESSAGE_FRAME = b"\x81\x81\0\0\0\0" + b"3"


@pytest.fixture
def ends():
    """The WebSocket of a server, and the socket of its client."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        server = Server({**HANDSHAKE, "werkzeug.socket": ours})
        yield SimpleNamespace(ws=server, close=server.close), theirs
        websockets.shut_down(SimpleNamespace(ws=server))
        server.thread.join()


def test_messages_are_counted_until_they_are_read(ends):
    ws, client = ends

    client.sendall(3 * MESSAGE_FRAME)
    deadline = time.monotonic() + 10
    while websockets.unread_messages(ws) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)

    assert websockets.unread_messages(ws) == 3
    assert ws.ws.receive() == "3"
    assert websockets.unread_messages(ws) == 2


class SlowSocket:
    """A connection on which it takes a moment to send."""

    def __init__(self, connection):
        self._connection = connection

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def send(self, data):
        time.sleep(0.1)
        return self._connection.send(data)


def test_a_message_that_is_too_large_ends_the_wait_for_it(ends):
    """simple-websocket wakes the reader, sends why, and only then notes the end.

    The reader, a thread of the server, waits again meanwhile, and nothing wakes it.
    """
    ws, client = ends
    websockets.prepare(ws)
    ws.ws.sock = SlowSocket(ws.ws.sock)
    size = websockets.MAX_PACKET_BYTES + 1
    frame = b"\x81\xff" + size.to_bytes(8, "big") + bytes(4) + b"x" * size

    with ThreadPoolExecutor() as reader:
        waiting = reader.submit(ws.ws.receive)
        client.sendall(frame)
        try:
            with pytest.raises(ConnectionClosed):
                waiting.result(timeout=5)
        finally:
            ws.ws.event.set()
