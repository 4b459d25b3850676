"""deploy/nginx.conf and deploy/nginx-server.conf, in front of a deployment."""

import json
import secrets
import socket

import pytest
import requests
import served
from raw_pusher import RawPusher

from ticketing.web.middleware import SECURITY

UNREADABLE = {
    "no HTTP": b"\x16\x03\x01\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost a\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "a path that is too long": b"GET /%s HTTP/1.1\r\n\r\n" % (b"x" * 9000),
    "headers that are too large": b"GET / HTTP/1.1\r\nX: %s\r\n\r\n" % (b"x" * 9000),
    "a length that is none": b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    "an unknown coding": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
    ),
    "a method of its own": b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",
}
UPGRADE = (
    b"GET %s HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
)


@pytest.fixture
def logged():
    """Return what an nginx has logged, in both logs, once it has logged a path."""

    def logged(front, path):
        requests.get(f"{front.url}{path}", timeout=20)
        requested = front.log.with_name("access.log")
        served.wait_until(lambda: f"{path} HTTP" in requested.read_text())
        return requested.read_text() + front.log.read_text()

    return logged


def secured(response):
    """Whether a response has, once each, what every one has."""
    own = {name: response.headers.get(name) for name in SECURITY}
    return own == dict(SECURITY) and len(response.headers["X-Request-ID"]) == 32


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_page_chats_through_it(
    transport, behind_nginx, register, open_ticket, connect
):
    carla = register(behind_nginx, "Carla")
    ticket = open_ticket(behind_nginx, carla)
    client = connect(carla, transport)
    client.join(ticket)

    said = behind_nginx.root.say(ticket, "Hello, how can I help you?")

    assert client.hear("message.sent")[0] == said


@pytest.mark.parametrize("path", [b"/socket.io/", b"/app/key"])
def test_a_websocket_of_either_protocol_is_upgraded(nginx, path):
    port = served.free_port()
    with nginx(port) as front, socket.create_server(("127.0.0.1", port)) as service:
        with socket.create_connection(("127.0.0.1", front.port)) as client:
            client.sendall(UPGRADE % path)
            connection, _ = service.accept()
            asked = connection.recv(65_536)
            connection.close()

    assert asked.startswith(b"GET %s HTTP/1.1\r\n" % path)
    assert b"\r\nUpgrade: websocket\r\nConnection: upgrade\r\n" in asked


def test_a_page_of_laravels_chats_through_it(behind_nginx, register, open_ticket):
    carla = register(behind_nginx, "Carla")
    ticket = open_ticket(behind_nginx, carla)
    channel = f"private-ticket.{ticket['id']}"
    with RawPusher(behind_nginx, origin=behind_nginx.url) as client:
        client.connect().subscribe(carla, channel)

        said = behind_nginx.root.say(ticket, "Hello, how can I help you?")

        assert client.hear("message.sent", channel)["id"] == said["id"]


def test_a_file_of_ten_megabytes_passes(behind_nginx, register, open_ticket):
    carla = register(behind_nginx, "Carla")
    ticket = open_ticket(behind_nginx, carla)
    line = b"It burns.\n"

    response = requests.patch(
        f"{behind_nginx.url}/api/tickets/{ticket['id']}",
        headers={"Authorization": f"Bearer {carla.token}"},
        files={"attachment": ("log.txt", line * (10 * 1024**2 // len(line)))},
        timeout=20,
    )

    assert response.status_code == 200
    assert response.json()["attachment"]["name"] == "log.txt"


def test_the_console_is_compressed_and_nothing_else(behind_nginx):
    took = {
        path: requests.get(f"{behind_nginx.url}{path}", timeout=20)
        for path in ("/console/-/any/ui.js", "/console/-/any/console.css", "/console/")
    }
    whole = requests.get(f"{behind_nginx.url}/openapi.json", timeout=20)

    for path, response in took.items():
        assert response.headers["Content-Encoding"] == "gzip", path
        assert response.headers["Vary"] == "Accept-Encoding"
        assert response.headers["X-Request-ID"]
    assert "manifest-src" in took["/console/"].headers["Content-Security-Policy"]
    assert "Content-Encoding" not in whole.headers


def test_what_a_browser_has_is_not_sent_again(behind_nginx):
    url = f"{behind_nginx.url}/console/-/any/ui.js"
    tag = requests.get(url, timeout=20).headers["ETag"]

    response = requests.get(url, headers={"If-None-Match": tag}, timeout=20)

    assert (response.status_code, response.content) == (304, b"")


def test_the_console_without_a_slash_is_not_redirected(behind_nginx):
    response = requests.get(
        f"{behind_nginx.url}/console", allow_redirects=False, timeout=20
    )

    assert response.status_code == 200


def test_a_page_of_the_same_origin_connects(behind_nginx):
    handshake = f"{behind_nginx.url}/socket.io/?EIO=4&transport=polling"

    own = requests.get(handshake, headers={"Origin": behind_nginx.url}, timeout=20)
    other = {"Origin": "https://evil.example"}
    foreign = requests.get(handshake, headers=other, timeout=20)

    assert own.status_code == 200
    assert foreign.status_code == 400


def test_metrics_take_a_token(behind_nginx):
    url, bearer = f"{behind_nginx.url}/metrics", {
        "Authorization": f"Bearer {served.WATCHER}"
    }

    response = requests.get(url, timeout=20)
    watched = requests.get(url, headers=bearer, timeout=20)

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert watched.status_code == 200
    assert secured(response) and secured(watched)


@pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_refused_in_json(behind_nginx, sent):
    with socket.create_connection(("127.0.0.1", behind_nginx.port)) as client:
        client.settimeout(20)
        client.sendall(sent)
        head, _, body = client.recv(65_536).decode().partition("\r\n\r\n")

    assert head.startswith("HTTP/1.1 400 ")
    assert json.loads(body)["code"] == "bad_request"
    for name, value in SECURITY.items():
        assert f"\r\n{name}: {value}\r\n" in f"{head}\r\n"
    assert "\r\nX-Request-ID: " in head


def test_how_it_refuses_is_no_page(behind_nginx):
    response = requests.get(f"{behind_nginx.url}/.unreadable", timeout=20)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_what_the_service_answers_is_secured_once(behind_nginx):
    assert secured(requests.get(f"{behind_nginx.url}/healthz", timeout=20))


def test_what_is_too_large_is_refused_in_json(behind_nginx):
    tickets = f"{behind_nginx.url}/api/tickets"

    response = requests.post(tickets, data=b" " * 13 * 1024**2, timeout=20)

    assert response.status_code == 413
    assert response.json()["code"] == "too_large"
    assert secured(response)


def test_an_outage_is_told_in_json(behind_nginx_nobody):
    response = requests.get(f"{behind_nginx_nobody.url}/api/me", timeout=20)

    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    assert response.headers["Retry-After"] == "2"
    assert secured(response)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_outage_leaves_no_token_in_the_logs(behind_nginx_nobody, logged, method):
    token = secrets.token_hex()

    response = requests.request(
        method, f"{behind_nginx_nobody.url}/unsubscribe?token={token}", timeout=20
    )

    assert response.status_code == 503
    lines = logged(behind_nginx_nobody, f"/api/me?after={method}")
    assert "Connection refused" in lines
    assert token not in lines


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Content-Length: 0", 404),
        (b"Content-Length: x", 400),
        (b"Content-Length: 99999999", 413),
        (b"Transfer-Encoding: chunked\r\n\r\nx", 400),
        (b"X: " + b"x" * 9000, 400),
    ],
)
def test_no_token_is_logged_whatever_the_answer_is(
    behind_nginx, logged, header, status
):
    token = secrets.token_hex()
    line = f"POST /unsubscribe?token={token} HTTP/1.1\r\nHost: a\r\n".encode()

    with socket.create_connection(("127.0.0.1", behind_nginx.port)) as client:
        client.settimeout(20)
        client.sendall(line + header + b"\r\n\r\n")
        answer = client.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert token not in logged(behind_nginx, f"/healthz/{token[:8]}")
