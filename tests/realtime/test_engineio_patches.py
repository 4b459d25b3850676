"""Faults of Engine.IO and Socket.IO that are corrected, shown over real connections.

Each test fails if the change that it names has no effect on the installed release.
"""

import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from threading import Thread

import pytest
import requests
import served
from raw import Closed, RawPolling, RawSocket
from served import Meanwhile, open_ticket, register

from ticketing.realtime import engineio_patches

pytestmark = pytest.mark.slow

SETTINGS = {
    "SOCKETIO_TRANSPORTS": "websocket,polling",
    "SOCKET_EVENT_LIMIT": "100000 per second",
    "SOCKETS_PER_USER": "5",
}
TEXT = "x" * 4000
HALF_OF_A_QUEUE = 128  # messages
# Masked with zeros: a message of one character, and a pong that nobody has asked for.
MESSAGE_FRAME = b"\x81\x81\0\0\0\0" + b"3"
PONG_FRAME = b"\x8a\x80\0\0\0\0"


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def server(request, tmp_path_factory):
    """A deployed process, in whose log no traceback is left."""
    directory = tmp_path_factory.mktemp(request.param)
    with served.deployment(directory, request.param, **SETTINGS) as [process]:
        yield process
        assert "Traceback" not in process.log.read_text()


@pytest.fixture
def customer(server):
    return register(server, "Carla")


def test_a_release_without_what_is_changed_is_refused_in_words(app, monkeypatch):
    monkeypatch.delattr(engineio_patches.StockSocket, "_send_ping")

    with pytest.raises(RuntimeError, match=r"python-engineio has changed.*_send_ping"):
        engineio_patches.apply(None)


def test_malformed_packets_over_polling_block_no_thread(server):
    """``LimitedSocket.close`` waits for nobody."""
    clients = [RawPolling(server) for _ in range(270)]  # more than gunicorn's threads

    threads = [Thread(target=send_bad, args=[client]) for client in clients]
    for thread in threads:
        thread.start()

    assert requests.get(f"{server.url}/healthz", timeout=5).ok
    for thread in threads:
        thread.join()
    assert requests.get(f"{server.url}/healthz", timeout=5).ok


def send_bad(client):
    with pytest.raises(Closed):
        client.send("6")


@pytest.mark.parametrize("packet", ["x", "4x", "4[]"])
@pytest.mark.parametrize("transport", [RawSocket, RawPolling])
def test_a_malformed_packet_ends_the_connection(server, transport, packet):
    """``handle_post_request``, ``_websocket_handler`` and the message handler."""
    with transport(server) as client, pytest.raises(Closed):
        client.send(packet)
        for _ in range(5):
            client.read()


def test_a_closed_session_is_refused_in_words(server):
    """``LimitedSocket.close`` forgets the session at once."""
    client = RawPolling(server)
    client.send("1")

    with pytest.raises(Closed, match="session"):
        client.send("3")


def test_a_connection_that_never_logs_in_ends(server):
    """``LimitedSocket._send_ping`` closes it; ``close`` shuts the connection down."""
    with RawSocket(server) as client:
        begun = time.monotonic()
        client.drain(20)

    assert 10 < time.monotonic() - begun < 16


def test_a_connection_on_which_nothing_happens_stays(server, customer):
    """``LimitedSocket.send`` leaves pings to the writer, which ends without any."""
    with RawSocket(server) as client:
        client.log_in(customer.token)

        assert client.answer_pings(25) == 2
        client.send('421["leave",{"ticket_id":1}]')
        client.wait_for("431")


class Flood(Meanwhile):
    """Send frames, with no pause that a server could use for something else."""

    def __init__(self, client, frame):
        super().__init__(0)
        self._client, self._frames = client, frame * 5000

    def act(self):
        """Send some of them."""
        with suppress(Closed):
            self._client.send_bytes(self._frames)


@pytest.mark.parametrize("frame", [MESSAGE_FRAME, PONG_FRAME])
def test_a_client_that_always_has_a_next_frame_holds_up_nobody(server, frame):
    """``websockets._receive_frame`` lets others be served before each frame."""
    with RawSocket(server) as client, Flood(client, frame):
        time.sleep(0.5)

        assert requests.get(f"{server.url}/healthz", timeout=2).ok


def test_a_message_in_pieces_may_not_be_larger_than_one_packet(server):
    """``websockets._receive_frame`` counts what has been received of a message."""
    piece = b"\xfe" + (50_000).to_bytes(2, "big") + bytes(4) + b"4" * 50_000

    with RawSocket(server) as client, pytest.raises(Closed):
        client.send_bytes(b"\x01" + piece)
        for _ in range(400):  # more than the system buffers for a server
            client.send_bytes(b"\x00" + piece)


def test_attachments_may_not_be_larger_than_one_packet(server, customer):
    """``LimitedPacket`` counts them."""
    with RawSocket(server) as client, pytest.raises(Closed):
        client.log_in(customer.token)
        client.send('452-["join",{"_placeholder":true,"num":0}]')
        for _ in range(2):
            client.send(b"x" * 200_000)
        client.wait_for("43")


@pytest.fixture(scope="module")
def dropped_after(server):
    """The messages after which a client that never reads was dropped, and the bytes.

    The system buffers some, and so many never reach the server's queue.
    """
    customer = register(server, "Nora")
    ticket = open_ticket(server, customer)
    with RawSocket(server, buffer=4096) as client:
        client.log_in(customer.token).join(ticket)
        return messages_until_dropped(server, ticket, client), client.drain()


def test_a_client_that_never_reads_is_not_queued_for_without_bound(dropped_after):
    """``LimitedSocket.send`` drops it."""
    messages, bytes_read = dropped_after

    assert bytes_read < messages * len(TEXT)


def test_events_wait_while_their_answers_are_not_read(server, customer):
    """``LimitedSocket.receive`` handles no event while the queue is full."""
    ticket = open_ticket(server, customer)
    for _ in range(60):
        server.root.say(ticket, "x" * 4000)
    with RawSocket(server, buffer=4096) as client:
        client.log_in(customer.token)
        join = f'["join",{{"ticket_id":{ticket["id"]},"after":0}}]'

        for number in range(60):  # 240 KB each, in answer
            client.send(f"42{number}{join}")
        time.sleep(4)  # in which the server could answer all of them

        for number in range(60):
            assert client.wait_for(f"43{number}") is not None


def test_a_client_that_reads_nothing_but_answers_pings_is_dropped(
    server, customer, dropped_after
):
    """``LimitedSocket.check_ping_timeout``; eventlet's own timeout may be faster."""
    ticket = open_ticket(server, customer)
    kept = dropped_after[0] - HALF_OF_A_QUEUE

    with RawSocket(server, buffer=4096) as client:
        client.log_in(customer.token).join(ticket)
        for _ in range(kept):
            server.root.say(ticket, TEXT)
        begun = time.monotonic()
        with pytest.raises(Closed):
            while time.monotonic() - begun < 60:
                client.send("3")
                time.sleep(1)


def messages_until_dropped(server, ticket, client):
    """Return after how many messages a client is dropped: the system buffers some."""
    before = server.log.read_text().count("bytes wait for it")
    for count in range(20, 4000, 20):
        for _ in range(20):
            server.root.say(ticket, TEXT)
        with suppress(Closed):
            client.send("3")  # else on a slow machine its ping would time out first
        if server.log.read_text().count("bytes wait for it") > before:
            return count
    pytest.fail("it is not dropped")


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_sockets_without_a_peer_give_way_to_new_ones(server, customer, transport):
    """``LimitedSocket.ask_for_pong`` and ``last_received`` tell them apart."""
    served.require_node()
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(RawSocket(server)).log_in(customer.token)
        begun = time.monotonic()

        client = served.JavaScriptClient(server.url, customer.token, transport)
        stack.callback(client.close)

        assert client.wait_for("connect") == [transport]
        assert time.monotonic() - begun < 6


def test_sockets_that_answer_keep_new_ones_out(server, customer):
    served.require_node()
    with ExitStack() as stack:
        for _ in range(5):
            client = served.JavaScriptClient(server.url, customer.token, "websocket")
            stack.callback(client.close)
            client.wait_for("connect")

        with RawSocket(server) as refused:
            refused.send(f'40{{"token":"{customer.token}"}}')

            assert refused.wait_for("44")["data"]["code"] == "too_many_requests"


COUNTING = """
import eventlet
eventlet.monkey_patch()
from eventlet.websocket import RFC6455WebSocket
send, RFC6455WebSocket.sent = RFC6455WebSocket.send, 0
def count(self, message, **options):
    RFC6455WebSocket.sent += '"message.sent"' in str(message)
    return send(self, message, **options)
RFC6455WebSocket.send = count
import atexit, runpy
atexit.register(lambda: print("by the writer:", RFC6455WebSocket.sent, flush=True))
runpy.run_path("wsgi.py", run_name="__main__")
"""


def test_a_fan_out_does_not_pass_by_the_writers(tmp_path):
    """``LimitedSocket._send_directly`` writes to the sockets of eventlet."""
    url = f"sqlite:///{tmp_path / 't.db'}"
    command = [sys.executable, "-W", "ignore", "-c", COUNTING]
    process = served.Process(
        command, {"DATABASE_URL": url}, tmp_path, served.free_port()
    )
    with served.running(process), ExitStack() as stack:
        process.root = process.login("admin@example.com", "password")
        customer = register(process, "Carla")
        ticket = open_ticket(process, customer)
        clients = [stack.enter_context(RawSocket(process)) for _ in range(5)]
        for client in clients:
            client.log_in(customer.token).join(ticket)

        for text in ("short", TEXT):
            process.root.say(ticket, text)

        for client in clients:
            for text in ("short", TEXT):
                packet = client.wait_for("42")
                while packet[0] != "message.sent":
                    packet = client.wait_for("42")
                assert packet[1]["message"] == text
        process._process.send_signal(subprocess.signal.SIGINT)
        process._process.wait(20)

    assert "by the writer: 0" in process.log.read_text()
