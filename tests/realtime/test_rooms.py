"""Rooms that threads enter and leave at the same time."""

import sys
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from socketio.packet import Packet

from ticketing.realtime.socketio_patches import LockedManager

ROUNDS = 1500
ROOM = "ticket.1"


@pytest.fixture
def manager():
    """A manager, while threads switch as often as possible."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    class Server:
        packet_class = Packet

        class eio:
            generate_id = iter(map(str, range(10**9))).__next__

    manager = LockedManager()
    manager.server = Server
    yield manager
    sys.setswitchinterval(usual)


def come_and_go(manager, number):
    """Enter and leave; return how often the room did not list its new member."""
    missed = 0
    for round in range(ROUNDS):
        eio_sid = f"{number}.{round}"
        sid = manager.pre_connect(eio_sid, "/")
        manager.connect(sid, "/")
        manager.enter_room(sid, "/", ROOM)
        missed += (sid, eio_sid) not in manager.get_participants("/", ["x", ROOM])
        manager.pre_disconnect(sid, "/")
        manager.disconnect(sid, "/")
    return missed


def test_a_socket_that_enters_a_room_is_found_in_it_under_threads(manager):
    with ThreadPoolExecutor(3) as pool:
        missed = list(pool.map(come_and_go, [manager] * 3, range(3)))

    assert missed == [0, 0, 0]
    assert (manager.rooms, manager.pending_connect) == ({}, {})
    assert manager.pending_disconnect == {}


def test_a_disconnected_socket_that_enters_a_room_leaves_none_behind(manager):
    sid = manager.pre_connect("1", "/")
    stays = manager.pre_connect("2", "/")
    manager.disconnect(sid, "/")

    manager.enter_room(sid, "/", ROOM)

    assert set(manager.rooms["/"]) == {None, stays}


def test_an_emission_waits_while_a_thread_changes_the_rooms(manager):
    received = []
    manager.server._send_eio_packet = lambda eio_sid, packet: received.append(eio_sid)
    manager.enter_room(manager.pre_connect("1", "/"), "/", ROOM)

    with ThreadPoolExecutor(1) as pool, manager._lock:
        emission = pool.submit(manager.emit, "sync", {}, "/", ROOM)
        waits = not wait([emission], timeout=0.1).done
        manager.enter_room(manager.pre_connect("2", "/"), "/", ROOM)

    assert waits
    assert received == ["1", "2"]
