"""A socket that loses its right to stay is cut off, even if it reads nothing."""

import json
import time
from contextlib import ExitStack

import pytest
from raw import RawSocket
from served import Process, open_ticket, register

AT_ONCE = 0.5  # seconds
SOON = 5  # seconds
TEXT = "😀" * 5000  # 20 kB, as it is sent
STEPS, STEP = 12, 16  # messages: more than the system takes for a connection
ASKED = 150  # times, for all of them at once


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def server(request, serve):
    limits = {"SOCKET_EVENT_LIMIT": "1000 per second", "SOCKETS_PER_USER": "100"}
    with serve(request.param, **limits) as process:
        yield process


def seconds(work, *args):
    begun = time.monotonic()
    work(*args)
    return time.monotonic() - begun


def hear(client: RawSocket, text: str) -> None:
    while text not in client.read():
        pass


def stalled(server: Process, stack: ExitStack, who, ticket) -> list[RawSocket]:
    """Return clients that read nothing, of which ever less is waiting."""
    clients = []
    for _ in range(STEPS):
        clients.append(stack.enter_context(RawSocket(server, buffer=4096)))
        clients[-1].log_in(who.token).join(ticket)
        for _ in range(STEP):
            server.root.say(ticket, TEXT)
    return clients


def test_cutting_off_clients_that_do_not_read_delays_nobody(server):
    carla, sam = register(server, "Carla"), register(server, "Sam")
    ticket, other = open_ticket(server, carla), open_ticket(server, sam)
    with ExitStack() as stack, RawSocket(server) as listener:
        listener.log_in(sam.token).join(other)
        clients = stalled(server, stack, carla, ticket)

        url = f"/users/{carla.user['id']}"
        cutting = seconds(server.root.patch, url, {"active": False})
        telling = seconds(server.root.say, other, "Hello?")
        hearing = seconds(hear, listener, "Hello?")

        assert max(cutting, telling, hearing) < AT_ONCE
        begun = time.monotonic()
        for client in clients:
            client.drain(SOON)
        assert time.monotonic() - begun < SOON


def test_client_that_does_not_read_its_answers_is_served_no_more(server):
    carla = register(server, "Carla")
    ticket = open_ticket(server, carla)
    for _ in range(STEP):
        server.root.say(ticket, TEXT)
    again = json.dumps(["join", {"ticket_id": ticket["id"], "after": 0}])
    with RawSocket(server, buffer=4096) as client:
        client.log_in(carla.token)
        before = server.memory()

        for number in range(ASKED):
            client.send(f"42{number}{again}")
        time.sleep(SOON)

        assert server.memory() - before < ASKED * STEP * len(TEXT.encode()) / 2
