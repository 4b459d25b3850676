"""Clients that stop reading, and connections with nobody at the other end."""

import time
from contextlib import ExitStack

from chaos.raw import RawSocket
from served import open_ticket, register

READERS = 5
LONGEST = 40  # seconds until a connection is dropped that answers no ping


def test_they_are_dropped_and_cost_nothing(deploy, full, tell):
    messages = 5000 if full else 1500
    text = "x" * 4000
    with deploy() as [server], ExitStack() as stack:
        connected = stack.enter_context
        carla = register(server, "Carla")
        ticket, quiet = open_ticket(server, carla), open_ticket(server, carla)
        with RawSocket(server) as reader:
            reader.log_in(carla.token).join(quiet)
            for _ in range(100):
                server.root.say(ticket, text)
        before = server.memory()

        paused = [connected(RawSocket(server, buffer=4096)) for _ in range(READERS)]
        for client in paused:
            client.log_in(carla.token).join(ticket)
        silent = [connected(RawSocket(server)) for _ in range(READERS)]
        for client in silent:
            client.log_in(carla.token).join(quiet)
        slowest = most = 0.0
        for _ in range(messages):
            begun = time.monotonic()
            server.root.say(ticket, text)
            slowest = max(slowest, time.monotonic() - begun)
            most = max(most, server.memory())
        sent = messages * len(text)
        read = [client.drain() for client in paused]
        begun = time.monotonic()
        for client in silent:
            client.drain(LONGEST)
        waited = time.monotonic() - begun

        after = server.memory()
        tell(
            MB_sent_to_each=sent / 1e6,
            MB_read_until_dropped=max(read) / 1e6,
            MB_more_meanwhile=round((most - before) / 1e6, 1),
            MB_more_afterwards=round((after - before) / 1e6, 1),
            slowest_send_ms=round(slowest * 1000),
            half_open_dropped_after_s=round(waited),
        )
        assert max(read) < sent
        assert waited < LONGEST
        assert most - before < READERS * 1e6 + 5e6
        assert after - before < 5e6
        assert server.log.read_text().count("dropping a client") == READERS
