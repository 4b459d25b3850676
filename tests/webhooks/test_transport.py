"""A request ends in time whatever the other side does, and TLS is verified."""

import socket
import ssl
import time
from threading import Event, Thread, current_thread

import pytest
from webhooks.conftest import NAME
from webhooks.receiver import Server

from ticketing.webhooks import names, transport

TIMEOUT_S = 0.6


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(transport, "TIMEOUT_S", TIMEOUT_S)


@pytest.fixture
def serve():
    """Start a receiver; return it."""
    servers = []

    def serve(certificate=None):
        server = Server(certificate=certificate)
        server.byte_interval_s = 0.05
        servers.append(server)
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def post(app):
    """Send a request; return the status."""

    def post(url, body=b"{}"):
        with app.app_context():
            return transport.post(url, {"webhook-id": "msg_1"}, body)

    return post


@pytest.fixture
def trusted(certificates, monkeypatch):
    """Trust the authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
    transport._tls_context.cache_clear()
    yield
    transport._tls_context.cache_clear()


@pytest.fixture
def named(monkeypatch):
    """Resolve every name to this machine."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        return look_up("127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(transport.socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def name_server(monkeypatch):
    """Let names be looked up for as long as this does not answer."""
    server = NameServer(socket.getaddrinfo)
    monkeypatch.setattr(socket, "getaddrinfo", server.look_up)
    yield server
    server.answers.set()
    for thread in server.asking:
        thread.join()


class NameServer:
    """Answers that every host is this machine, once ``answers`` is set.

    :ivar asking: the threads in which it was asked.
    """

    def __init__(self, look_up):
        self._look_up = look_up
        self.asking, self.answers = [], Event()

    def look_up(self, host, *args, **kwargs):
        self.asking.append(current_thread())
        assert self.answers.wait(20)
        return self._look_up("127.0.0.1", *args, **kwargs)


def test_host_that_is_looked_up_for_too_long_is_left_in_time(post, name_server):
    begun = time.monotonic()

    for _ in range(2):
        with pytest.raises(TimeoutError):
            post("http://hanging.example.org/")

    assert time.monotonic() - begun < 2 * TIMEOUT_S + 1
    assert len(name_server.asking) == 1  # it is asked for one host once at a time


def test_no_more_threads_than_some_look_hosts_up(post, name_server, serve, monkeypatch):
    monkeypatch.setattr(transport, "TIMEOUT_S", 0.01)
    for number in range(names.MAX_RUNNING):
        with pytest.raises(TimeoutError):
            post(f"http://host-{number}.example.org/")

    with pytest.raises(names.TooManyLookUpsError):
        post("http://another.example.org/")
    assert len(name_server.asking) == names.MAX_RUNNING

    name_server.answers.set()
    for thread in name_server.asking:
        thread.join()
    monkeypatch.setattr(transport, "TIMEOUT_S", 10)
    assert post(f"http://another.example.org:{serve().server_port}/good") == 204


@pytest.mark.parametrize("how", ["hanging", "slow"])
def test_request_that_is_not_answered_in_time_fails_then(serve, post, how):
    server = serve()
    begun = time.monotonic()

    with pytest.raises(OSError) as failure:
        post(f"http://127.0.0.1:{server.server_port}/{how}")

    assert isinstance(failure.value, TimeoutError)
    assert TIMEOUT_S - 0.1 < time.monotonic() - begun < TIMEOUT_S + 1


def test_answer_is_the_one_behind_those_that_announce_it(serve, post):
    server = serve()

    assert post(f"http://127.0.0.1:{server.server_port}/interim") == 204


def test_answer_without_an_end_is_left_after_its_head(serve, post):
    server = serve()
    begun = time.monotonic()

    assert post(f"http://127.0.0.1:{server.server_port}/endless") == 200
    assert time.monotonic() - begun < TIMEOUT_S


@pytest.mark.parametrize(
    ("how", "name"),
    [
        ("silent", "RemoteDisconnected"),
        ("broken", "BadStatusLine"),
        ("endless_head", "TooMuchReceivedError"),
    ],
)
def test_answer_that_is_none_is_a_failure(serve, post, how, name):
    server = serve()

    with pytest.raises(Exception) as failure:
        post(f"http://127.0.0.1:{server.server_port}/{how}")

    assert type(failure.value).__name__ == name


def test_who_accepts_and_reads_nothing_is_left_in_time(post):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        begun = time.monotonic()

        with pytest.raises(TimeoutError):
            post(url, b"x" * 20_000_000)

        assert time.monotonic() - begun < TIMEOUT_S + 1


def test_tls_handshake_that_does_not_end_is_left_in_time(post):
    def drip(connection):
        with connection:
            try:
                for _ in range(100):
                    connection.send(b"\x16")
                    time.sleep(0.05)
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/"
        accept = Thread(target=lambda: drip(listening.accept()[0]), daemon=True)
        accept.start()
        begun = time.monotonic()

        with pytest.raises(OSError):
            post(url)

        assert time.monotonic() - begun < TIMEOUT_S + 1
        accept.join()


def test_tls_is_used_with_the_name_of_the_host(
    serve, post, certificates, trusted, named
):
    server = serve(certificates / "both.pem")

    status = post(f"https://{NAME}.:{server.server_port}/good", b'{"a": 1}')

    assert status == 204
    assert server.names == [NAME]
    assert server.bodies == [b'{"a": 1}']


def test_certificate_of_an_address_is_accepted(serve, post, certificates, trusted):
    server = serve(certificates / "both.pem")

    assert post(f"https://127.0.0.1:{server.server_port}/good") == 204
    assert server.names == [None]


def test_large_body_is_sent_over_tls(serve, post, certificates, trusted):
    server = serve(certificates / "both.pem")
    body = b"x" * 1_000_000

    assert post(f"https://127.0.0.1:{server.server_port}/good", body) == 204
    assert server.bodies == [body]


def test_certificate_of_another_name_is_refused(
    serve, post, certificates, trusted, named
):
    server = serve(certificates / "both.pem")

    with pytest.raises(ssl.SSLCertVerificationError):
        post(f"https://other.example.org:{server.server_port}/good")
    assert server.bodies == []


def test_certificate_of_an_unknown_authority_is_refused(serve, post, certificates):
    server = serve(certificates / "both.pem")

    with pytest.raises(ssl.SSLCertVerificationError):
        post(f"https://127.0.0.1:{server.server_port}/good")
    assert server.bodies == []


def test_answer_over_tls_that_is_too_slow_is_left_in_time(
    serve, post, certificates, trusted
):
    server = serve(certificates / "both.pem")
    begun = time.monotonic()

    with pytest.raises(TimeoutError):
        post(f"https://127.0.0.1:{server.server_port}/slow")

    assert time.monotonic() - begun < TIMEOUT_S + 1
