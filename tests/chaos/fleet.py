"""Run many JavaScript clients in one Node process, and read their histories."""

import json
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import Any

from chaos.histories import (
    PUBLIC,
    STAFF,
    Acknowledged,
    Client,
    Shown,
    Stored,
    contradictions,
)
from served import JAVASCRIPT, Caller, Process, open_ticket, register

PATIENCE = 120  # seconds
LATE_S = 30  # a message may be so late on a busy machine
UNLIMITED = {"SOCKET_EVENT_LIMIT": "100000 per second", "SOCKETS_PER_USER": "100000"}


@dataclass(frozen=True)
class Seat:
    """A client's user and the ticket that it follows."""

    who: Caller
    ticket: dict

    def at(self, process: Process, **options: Any) -> dict[str, Any]:
        """Return what the client needs to connect to a process."""
        return {
            "url": process.url,
            "token": self.who.token,
            "ticket": self.ticket["id"],
            "staff": self.who.user["role"] == "admin",
            **options,
        }


def seats(process: Process, tickets: int, each: int) -> list[Seat]:
    """Open tickets, each followed by its customer and an admin in alternation."""
    admin = register(process, "Ada", "admin")
    found = []
    for _ in range(tickets):
        customer = register(process, "Carla")
        ticket = open_ticket(process, customer)
        found += [Seat((customer, admin)[i % 2], ticket) for i in range(each)]
    return found


class Fleet:
    """A process of clients, which takes commands and answers each in order.

    :param script: ``fleet.mjs``, or ``pushers.mjs`` for the Pusher protocol.
    """

    def __init__(self, script: str = "fleet.mjs") -> None:
        self._process = subprocess.Popen(
            ["node", str(JAVASCRIPT / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._answers: Queue[dict] = Queue()
        self._reader = Thread(target=self._read)
        self._reader.start()

    def tell(self, **command: Any) -> None:
        """Send a command without waiting for its answer."""
        assert self._process.stdin
        print(json.dumps(command), file=self._process.stdin, flush=True)

    def answer(self) -> dict:
        """Wait for the answer to the oldest command not yet answered."""
        try:
            return self._answers.get(timeout=PATIENCE)
        except Empty:
            raise TimeoutError("the clients do not answer") from None

    def ask(self, **command: Any) -> dict:
        """Send a command; return its answer."""
        self.tell(**command)
        return self.answer()

    def settle(self, root: Caller, quiet: int = 2000) -> dict:
        """Return the report when the clients have shown what is stored, or too late.

        :param root: an admin, who may read it all.
        :param quiet: for how many ms nothing has been shown before it is compared.
        """
        deadline = time.monotonic() + LATE_S
        while True:
            report = self.ask(settle=quiet, report=True)
            if time.monotonic() > deadline or not disagreements(report, root):
                return report

    def close(self) -> None:
        """End it."""
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._answers.put(json.loads(line))


def summary(report: dict) -> dict[str, object]:
    """Return the figures of a report that every test prints."""
    return {
        "acknowledged": len(report["acknowledged"]),
        "clients": len(report["clients"]),
        "events_shown": sum(len(client["shown"]) for client in report["clients"]),
        "syncs": sum(client["syncs"] for client in report["clients"]),
        "ms_to_acknowledge": report["acknowledged_after"],
        "ms_to_show": report["shown_after"],
    }


def disagreements(report: dict, root: Caller) -> list[str]:
    """Return the contradictions between the clients' reports and what is stored.

    :param root: an admin, who may read it all.
    """
    tickets = {client["ticket"] for client in report["clients"]}
    return contradictions(
        [Acknowledged(*message) for message in report["acknowledged"]],
        {ticket: stored(root, ticket) for ticket in tickets},
        [client_of(i, client) for i, client in enumerate(report["clients"])],
    )


def client_of(number: int, told: dict) -> Client:
    """Return the history that a client reports."""
    streams: dict[bool, list[Shown]] = {PUBLIC: []}
    if told["staff"]:
        streams[STAFF] = []
    for internal, seq, name, about in told["shown"]:
        streams[internal].append((seq, name, about))
    return Client(f"client {number} ({told['state']})", told["ticket"], streams)


def stored(root: Caller, ticket_id: int) -> Stored:
    """Return a ticket's messages and streams as the API has them."""
    messages = pages(root, f"/tickets/{ticket_id}/messages?mark_read=false", "id")
    streams = {}
    for kind, name in ((PUBLIC, "public"), (STAFF, "staff")):
        entries = pages(root, f"/tickets/{ticket_id}/events?stream={name}", "seq")
        streams[kind] = [
            (entry["seq"], entry["name"], entry["payload"].get("id"))
            for entry in entries
        ]
    return Stored([(m["id"], m["client_id"]) for m in messages], streams)


def pages(root: Caller, path: str, key: str) -> list[dict]:
    """Return all items of a list, page by page."""
    found: list[dict] = []
    while True:
        after = found[-1][key] if found else 0
        page = root.get(f"{path}&after={after}&limit=100")["data"]
        found += page
        if len(page) < 100:
            return found
