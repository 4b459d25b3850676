"""Clients that stop reading, and connections with nobody at the other end."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from statistics import quantiles

from raw import Closed, RawSocket
from served import open_ticket, register

READERS = 5
LONGEST = 30  # seconds until a connection is dropped that answers no ping
LONGEST_OUTSIDE = 15  # seconds until one is dropped that nobody has logged in on
TEXT = "x" * 4000
BEFORE = 300  # messages, that nobody hears
NOISE = 0.02  # seconds by which one p99 and the next differ anyhow


def test_they_are_dropped_and_cost_nothing(deploy, full, tell):
    messages = 5000 if full else 1500
    with deploy() as [server], ExitStack() as stack:
        connected = stack.enter_context
        carla = register(server, "Carla")
        ticket, quiet = open_ticket(server, carla), open_ticket(server, carla)
        with RawSocket(server) as reader:
            reader.log_in(carla.token).join(quiet)
            usual = p99([seconds_to_say(server, ticket) for _ in range(BEFORE)])
        before = server.memory()

        silent = [connected(RawSocket(server)) for _ in range(READERS)]
        for client in silent:
            client.log_in(carla.token).join(quiet)
        outside = [connected(RawSocket(server)) for _ in range(READERS)]
        pool = connected(ThreadPoolExecutor(2 * READERS))
        lasted = pool.map(seconds_until_closed, silent)
        lasted_outside = pool.map(seconds_until_closed, outside)
        paused = [connected(RawSocket(server, buffer=4096)) for _ in range(READERS)]
        for client in paused:
            client.log_in(carla.token).join(ticket)
        took, most = [], 0
        for number in range(messages):
            took.append(seconds_to_say(server, ticket))
            most = max(most, server.memory())
            for client in paused if number % 20 == 0 else ():
                answer_ping(client)
        read = [client.drain() for client in paused]
        longest, longest_outside = max(lasted), max(lasted_outside)

        after = server.memory()
        sent = messages * len(TEXT)
        tell(
            MB_sent_to_each=sent / 1e6,
            MB_read_until_dropped=max(read) / 1e6,
            MB_more_meanwhile=round((most - before) / 1e6, 1),
            MB_more_afterwards=round((after - before) / 1e6, 1),
            ms_to_send_p99_before=round(usual * 1000),
            ms_to_send_p99_meanwhile=round(p99(took) * 1000),
            half_open_dropped_after_s=round(longest, 1),
            never_let_in_dropped_after_s=round(longest_outside, 1),
        )
        assert max(read) < sent
        assert longest < LONGEST
        assert longest_outside < LONGEST_OUTSIDE
        assert p99(took) < 2 * usual + NOISE
        assert most - before < READERS * 1e6 + 5e6
        assert after - before < 5e6
        assert server.log.read_text().count("dropping a client") == READERS


def seconds_to_say(server, ticket):
    """Have the admin send a long message, over HTTP."""
    begun = time.monotonic()
    server.root.say(ticket, TEXT)
    return time.monotonic() - begun


def answer_ping(client):
    """Answer a ping unread: on a slow machine a client would be dropped for it."""
    with suppress(Closed):
        client.send("3")


def seconds_until_closed(client):
    """Wait for the server to close the connection of a client that is silent."""
    begun = time.monotonic()
    client.drain(2 * LONGEST)
    return time.monotonic() - begun


def p99(values):
    """Return what 99 of 100 stay below."""
    return quantiles(values, n=100)[-1]
