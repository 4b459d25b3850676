"""One client's end is not the others' concern."""

from queue import Queue
from threading import Thread
from types import SimpleNamespace

from engineio.exceptions import SocketIsClosedError

from ticketing.web.extensions import socketio
from ticketing.realtime import backlog


class Client:
    """A client of Engine.IO's, that is told what it may; one is gone by then."""

    closed = closing = upgrading = upgraded = False
    last_ping = None
    server = SimpleNamespace(ping_timeout=8)

    def __init__(self, is_closing):
        self.session = {}
        self.queue = Queue()
        self.is_closing = is_closing

    def send(self, packet):
        if self.is_closing:
            raise SocketIsClosedError
        self.queue.put(packet)


def test_whoever_comes_after_one_that_has_just_closed_is_told(app, monkeypatch):
    clients = {"closing": Client(True), "reading": Client(False)}
    monkeypatch.setattr(socketio.server.eio, "sockets", clients)

    for eio_sid in clients:
        socketio.server.eio.send(eio_sid, "2[]")

    assert [client.queue.qsize() for client in clients.values()] == [0, 1]


def test_who_is_given_up_is_waited_for_no_longer(app, monkeypatch):
    client, received = Client(False), []
    client.queue.put(SimpleNamespace(data="x" * backlog.MOST_BYTES))
    monkeypatch.setattr(socketio.server.eio, "sockets", {"full": client})
    waiting = Thread(
        target=backlog._receive,
        args=(lambda *args: received.append(args), "full", "2"),
        daemon=True,
    )

    waiting.start()
    waiting.join(3 * backlog.PAUSE)
    assert received == []
    client.session["over"] = True
    waiting.join(10)

    assert received == [("full", "2")]
