"""Sending past a client's writer: whole frames, in order, and nobody waits."""

import socket
from types import SimpleNamespace

import pytest
from wsproto.frame_protocol import FrameProtocol, Opcode

from ticketing.realtime.websocket import Packets, frame_of


class Green:
    """A socket as eventlet has it: ``fd`` does not block, ``sendall`` waits."""

    def __init__(self, fd):
        self.fd = fd
        self.sent = []

    def sendall(self, data):
        self.sent.append(data)


@pytest.fixture
def ends():
    """Return two connected sockets, of which the first never blocks."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    yield ours, theirs
    ours.close()
    theirs.close()


@pytest.fixture
def packets(ends):
    """Return packets over a WebSocket whose writer's own packets are ``written``."""
    green = Green(ends[0])
    ws = SimpleNamespace(socket=green, send=lambda packet: green.sent.append(packet))
    found = Packets(ws)
    found.written = green.sent
    return found


@pytest.mark.parametrize("size", [1, 62, 63, 2**15 - 1, 2**15, 100_000])
def test_a_client_reads_the_packet_from_its_frame(size):
    client = FrameProtocol(client=True, extensions=[])

    client.receive_bytes(frame_of("é" * size))

    (frame,) = client.received_frames()
    assert frame.opcode is Opcode.TEXT
    assert (frame.payload, frame.message_finished) == ("é" * size, True)


def test_a_packet_goes_out_at_once(packets, ends):
    assert packets.send_at_once("42[]") is True

    assert ends[1].recv(100) == frame_of("42[]")
    assert packets.written == []


def test_what_does_not_fit_goes_out_before_what_follows(packets, ends):
    long = "4" + "x" * 1_000_000

    assert packets.send_at_once(long) is None
    assert packets.send_at_once("42[]") is False
    packets.send("6")

    rest, then = packets.written
    taken = b""
    while len(taken) + len(rest) < len(frame_of(long)):
        taken += ends[1].recv(65536)
    assert taken + rest == frame_of(long)
    assert then == "6"


def test_nothing_overtakes_the_writer(packets, ends):
    while_it_sends = []
    packets._ws.send = lambda packet: while_it_sends.append(
        packets.send_at_once("42[]")
    )

    packets.send("4first")

    assert while_it_sends == [False]
    assert packets.send_at_once("42[]") is True


def test_a_connection_that_is_gone_is_left_to_the_writer(packets, ends):
    ends[1].close()

    assert packets.send_at_once("42[]") is False


def test_threads_have_no_socket_that_does_not_block():
    assert Packets(SimpleNamespace(send=None)).send_at_once("42[]") is False


@pytest.mark.parametrize(
    ("received", "packets"),
    [
        (["42[]", "3", None], ["42[]", "3", None]),
        (["2probe", "5"], ["2probe", "5"]),
        (["3", "2probe"], ["3", None]),
        (["x"], [None]),
        ([b"\x04"], [b"\x04"]),
    ],
)
def test_a_connection_ends_with_the_first_packet_that_is_none(received, packets):
    coming = iter(received)
    ws = SimpleNamespace(send=None, wait=lambda: next(coming))
    connection = Packets(ws)

    assert [connection.wait() for _ in packets] == packets


def test_a_connection_ends_with_what_is_no_frame():
    assert Packets(SimpleNamespace(send=None, wait=lambda: 1 / 0)).wait() is None
