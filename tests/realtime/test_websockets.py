"""What is read from a WebSocket of simple-websocket, over a real connection."""

import socket
import time
from types import SimpleNamespace

import pytest
from simple_websocket import Server

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
        yield SimpleNamespace(ws=server), theirs
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
