"""Threat: a connection that is held, or that lies about what it carries."""

import socket
import time
from contextlib import suppress

import pytest
import served
from security.conftest import Watch

pytestmark = pytest.mark.slow

HEAD = b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BODY = b'{"email": "nobody@example.org", "password": "wrong horse"}'
UPGRADE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {}\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nOrigin: {}\r\n\r\n"
)


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def process(request, tmp_path_factory):
    """A process that is deployed."""
    directory = tmp_path_factory.mktemp(request.param)
    with served.deployment(directory, request.param) as [process]:
        yield process


@pytest.fixture
def dial(process):
    """Open a connection."""
    opened = []

    def dial():
        opened.append(socket.create_connection(("127.0.0.1", process.port), 20))
        return opened[-1]

    yield dial
    for connection in opened:
        connection.close()


@pytest.fixture
def send(dial):
    """Send bytes, and no more; return the status, or nothing if there is no answer."""

    def send(data):
        connection = dial()
        answer = b""
        with suppress(OSError):  # it hung up on what it did not even read
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65_536)
        return int(answer[9:12]) if answer else None

    return send


def length(number):
    return HEAD + b"Content-Length: " + number + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (length(b"58") + BODY, {401}),
        (length(b"57") + BODY, {400}),  # it ends there
        (length(b"59") + BODY, {400}),  # nobody sends the rest
        (length(b"9" * 18), {413, 400}),
        (length(b"9" * 30), {413, 400}),
        (length(b"-1") + BODY, {400}),
        (length(b"5 8") + BODY, {400}),
        (length(b"0x3a") + BODY, {400}),
        (length(b"58\r\nContent-Length: 57") + BODY, {400}),
        (length(b"58\r\nTransfer-Encoding: chunked") + BODY, {400}),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY, {400}),
        (HEAD + b"Transfer-Encoding: gzip\r\n\r\n" + BODY, {400, 501}),
        (HEAD + b"\r\n" + BODY, {400}),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64, {400, None}),
        (HEAD + b"X: " + b"x" * 100_000 + b"\r\n\r\n", {400, 431, None}),
        (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", {400, 414, None}),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_request_that_lies_about_its_length_is_answered(process, send, data, status):
    assert send(data) in status

    assert process.answers()


def test_request_sent_byte_by_byte_delays_no_other(process, dial):
    connections = [dial() for _ in range(60)]
    for connection in connections:
        connection.sendall(length(b"58") + BODY[:1])

    with Watch(process) as watch:
        for byte in BODY[1:11]:
            for connection in connections:
                connection.sendall(bytes([byte]))
            time.sleep(0.1)
        begun = time.monotonic()
        assert process.login("root@example.org").token
        took = time.monotonic() - begun

    assert max(watch.waited) < 1
    assert took < 2


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://{}", 101),
        ("https://evil.example", 400),
        ("null", 400),
        ("http://{}.evil.example", 400),
    ],
)
def test_page_of_another_site_gets_no_websocket_from_a_real_server(
    process, dial, origin, status
):
    connection, host = dial(), f"127.0.0.1:{process.port}"

    connection.sendall(UPGRADE.format(host, origin.format(host)).encode())

    assert int(connection.recv(65_536)[9:12]) == status
