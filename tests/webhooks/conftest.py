"""A receiver of webhooks, and webhooks that are sent to it."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import served

from ticketing.core.database import db

URL = "/api/webhooks"
NAME = "hooks.example.org"


@dataclass(frozen=True)
class Received:
    """A request that a receiver got."""

    path: str
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.json["type"]


class Receiver:
    """An HTTP server that answers with ``status``, and keeps what it was sent.

    :ivar statuses: by the number in the payload's ``ticket_id``, instead of ``status``.
    """

    def __init__(self, server):
        self.url = f"http://127.0.0.1:{server.server_port}/hook?key=1"
        self.status, self.statuses = 204, {}
        self.received = []
        self.headers = {}

    def types(self):
        return [received.type for received in self.received]

    def answer(self, request):
        self.received.append(request)
        ticket_id = request.json["data"]["event"].get("ticket_id")
        return self.statuses.get(ticket_id, self.status)


class Handler(BaseHTTPRequestHandler):
    """Lets the receiver answer."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = dict(self.headers.items())
        receiver = self.server.receiver
        self.send_response(receiver.answer(Received(self.path, headers, body)))
        for name, value in receiver.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def make_receiver():
    """Return a receiver of its own."""
    servers = []

    def make_receiver():
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.receiver = Receiver(server)
        servers.append(server)
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server.receiver

    yield make_receiver
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def receiver(make_receiver):
    return make_receiver()


@pytest.fixture
def meanwhile(receiver, monkeypatch):
    """Let a function be called each time when a request has come to the receiver."""
    answer = receiver.answer

    def meanwhile(act):
        def act_and_answer(request):
            act()
            return answer(request)

        monkeypatch.setattr(receiver, "answer", act_and_answer)

    return meanwhile


@pytest.fixture
def connections(app):
    """Return how many connections to the database are in use."""
    with app.app_context():
        pool = db.engine.pool
    return pool.checkedout


@pytest.fixture(autouse=True)
def private_allowed(app, monkeypatch):
    """Let requests go to this machine."""
    monkeypatch.setitem(app.config, "WEBHOOK_PRIVATE", "allowed")


@pytest.fixture
def add_webhook(api, admin, receiver):
    """Create a webhook as an admin, by default of the receiver; return the answer."""

    def add_webhook(**fields):
        body = {"url": receiver.url, "events": ["*"], **fields}
        return api(admin).post(URL, json=body)

    return add_webhook


@pytest.fixture
def say(api, customer, ticket):
    """Send a message as the customer, by default on the ticket; return it."""

    def say(text="Hello?", on=ticket):
        url = f"/api/tickets/{on.id}/messages"
        response = api(customer).post(url, json={"message": text})
        assert response.status_code == 201
        return response.json

    return say


@pytest.fixture
def deliveries(api, admin):
    """Return the deliveries of a webhook, the oldest first."""

    def deliveries(webhook, query=""):
        url = f"{URL}/{webhook['id']}/deliveries{query}"
        return api(admin).get(url).json["data"][::-1]

    return deliveries


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """Make an authority, and with it a certificate of ``NAME`` and of 127.0.0.1."""
    if not shutil.which("openssl"):
        served.lacking("openssl is not installed")
    directory = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True)

    new = ["req", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    openssl(*new, "-x509", "-subj", "/CN=CA", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(
        *(*new, "-x509", "-subj", "/CN=receiver", "-CA", "ca.pem", "-CAkey", "ca.key"),
        *("-addext", f"subjectAltName=DNS:{NAME},IP:127.0.0.1"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
        *("-keyout", "key.pem", "-out", "certificate.pem"),
    )
    both = directory / "both.pem"
    texts = [directory / name for name in ("key.pem", "certificate.pem")]
    both.write_text("".join(path.read_text() for path in texts))
    return directory
