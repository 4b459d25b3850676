"""A client that leaves while it connects frees its place."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from threading import Thread

import pytest
from raw import Closed, RawPolling, RawSocket
from served import register

TIMES, AT_ONCE = 160, 8
LIMIT = 10  # sockets of a user, by default


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_socket_that_leaves_while_connecting_does_not_count_against_the_limit(
    serve, mode
):
    with serve(mode, SOCKETIO_TRANSPORTS="websocket,polling") as server:
        carla = register(server, "Carla")

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(enter_and_leave, [server] * TIMES, [carla] * TIMES))

        with ExitStack() as stack:
            for _ in range(LIMIT):
                stack.enter_context(RawSocket(server)).log_in(carla.token)


def enter_and_leave(server, who):
    """Ask to be let in, and leave at the same time."""
    client = RawPolling(server)
    entering = Thread(
        target=send, args=[client, "40" + json.dumps({"token": who.token})]
    )
    entering.start()
    send(client, "1")
    entering.join()


def send(client, packet):
    """Send a packet, though the session may be over."""
    with suppress(Closed):
        client.send(packet)
