"""Requests for /socket.io that Engine.IO would fail on are seen before it does."""

from base64 import b64encode
from io import BytesIO

import pytest

from ticketing.realtime import polling
from ticketing.realtime.packets import MOST_BYTES

UPGRADE = {
    "HTTP_CONNECTION": "keep-alive, Upgrade",
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
    "HTTP_SEC_WEBSOCKET_KEY": b64encode(b"x" * 16).decode(),
}


def posted(body):
    return {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}


@pytest.mark.parametrize("body", [b"4hello", b"40{}", b"3", b'42["join",{}]\x1e3'])
def test_packets_are_read_and_read_once_more(body):
    environ = posted(body)

    assert polling._is_readable(environ)
    assert environ["wsgi.input"].read() == body


@pytest.mark.parametrize("body", [b"", b"x", b"\xff", b"2", b"4a\x1e9"])
def test_what_is_no_packet_is_not_read(body):
    assert not polling._is_readable(posted(body))


def test_what_is_too_large_is_left_to_be_refused():
    environ = posted(b"4" * (MOST_BYTES + 1))

    assert polling._is_readable(environ)
    assert environ["wsgi.input"].tell() == 0


def test_a_handshake():
    assert polling._is_handshake(UPGRADE)


@pytest.mark.parametrize(
    "change",
    [
        {"HTTP_CONNECTION": "close"},
        {"HTTP_SEC_WEBSOCKET_VERSION": "8"},
        {"HTTP_SEC_WEBSOCKET_KEY": "?"},
        {"HTTP_SEC_WEBSOCKET_KEY": "eHg="},
    ],
)
def test_no_handshake(change):
    assert not polling._is_handshake(UPGRADE | change)
