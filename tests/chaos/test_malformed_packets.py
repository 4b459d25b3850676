"""Thousands of packets that make no sense, from nobody, and from a user gone mad."""

import time
from collections import Counter
from threading import Thread

import pytest
import requests
from chaos.malformed import Malice
from raw import RawSocket
from served import Meanwhile, open_ticket, register

TRANSPORTS = "websocket,polling"
SENDERS = 4
GIVEN_UP = 40  # seconds until a session is that is left without a word
MORE_MEMORY = 8e6  # bytes, than after as many packets before; malloc keeps some
MORE_THREADS = 16  # which the server keeps, at rest, for the next requests
PAUSE = 0.1  # seconds


class Watch(Meanwhile):
    """Measure what another client experiences, while its block lasts.

    They ask whether the process is well, say something, and hear it.
    """

    def __init__(self, server, ticket, listener) -> None:
        super().__init__(PAUSE)
        self.answering: list[float] = []  # seconds
        self.hearing: list[float] = []
        self.threads = 0
        self._server, self._ticket, self._listener = server, ticket, listener
        self._session = requests.Session()

    def act(self) -> None:
        """Ask, say and hear it, and note how long that takes."""
        begun = time.monotonic()
        assert self._session.get(f"{self._server.url}/healthz", timeout=10).ok
        self.answering.append(time.monotonic() - begun)
        self.threads = max(self.threads, self._server.threads())
        said = self._server.root.say(self._ticket, "Are you there?")
        while self._listener.wait_for("42")[1].get("id") != said["id"]:
            pass
        self.hearing.append(time.monotonic() - begun)


def send(server, count, token=None):
    """Send so many malformed packets; return how often what came of one."""
    malice = [Malice(server, seed, token) for seed in range(SENDERS)]
    threads = [Thread(target=m.send, args=[count // SENDERS]) for m in malice]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcome for m in malice for outcome in m.outcomes)


def settled(server, most, full):
    """Return the memory and threads of a process, once hardly anybody is left."""
    deadline = time.monotonic() + GIVEN_UP
    while time.monotonic() < deadline and (full or server.threads() > most):
        time.sleep(0.5)
    return server.memory(), server.threads()


@pytest.mark.parametrize("who", ["nobody", "a user"])
@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_they_cost_nobody_anything(deploy, full, tell, mode, who):
    count = 5000 if full else 300
    with deploy(mode=mode, SOCKETIO_TRANSPORTS=TRANSPORTS) as [server]:
        carla = register(server, "Carla")
        ticket = open_ticket(server, carla)
        token = carla.token if who == "a user" else None
        most = server.threads() + MORE_THREADS
        send(server, count, token)
        memory, threads = settled(server, most, full)

        with RawSocket(server) as listener:
            listener.log_in(carla.token).join(ticket)
            begun = time.monotonic()
            with Watch(server, ticket, listener) as watch:
                outcomes = send(server, count, token)
            took = time.monotonic() - begun

        memory_after, threads_after = settled(server, most, full)
        tell(
            packets=outcomes.total(),
            **outcomes,
            seconds=round(took),
            slowest_healthz_ms=round(1000 * max(watch.answering)),
            slowest_message_ms=round(1000 * max(watch.hearing)),
            MB_before=round(memory / 1e6, 1),
            MB_more=round((memory_after - memory) / 1e6, 1),
            threads_before=threads,
            threads_at_most=watch.threads,
            threads_after=threads_after,
        )
        assert set(outcomes) <= {"closed", "answered", "left"}
        assert max(watch.answering) < 1
        assert len(watch.hearing) == len(watch.answering) > 0
        assert memory_after - memory < MORE_MEMORY
        assert threads_after <= most
        assert "Traceback" not in server.log.read_text()
