"""What the log of tickets owes to others, and what they got of it."""

import random
import re
import secrets
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from threading import Event, Thread
from typing import Any

import requests
from chaos.fleet import Seat, pages
from outside import Delivery, Mail, MailServer, WebhookReceiver
from served import PYTHON, Caller, Process, open_ticket, register
from sqlalchemy import create_engine, func, select, update

from ticketing.core.database import utcnow
from ticketing.jobs.models import Job, State

JOBS = Job.__table__
TEXT = re.compile(r"\btext-[0-9a-f]{16}\b")
REPLIES = {"message.sent": "message", "comment.added": "content"}
TIMEOUT_S = 300  # until all jobs have ended
ACCEPT_TIMEOUT_S = 60


class World:
    """A mail server, and receivers of webhooks.

    :ivar settings: with which the service sends to them.
    """

    def __init__(self, directory: Path, mail_delay: int, receivers: int) -> None:
        self.mail = MailServer(directory / "smtp")
        self.receivers = [
            WebhookReceiver(directory / f"receiver-{number}")
            for number in range(receivers)
        ]
        self.settings = {
            "MAIL_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "MAIL_FROM": "support@example.org",
            "MAIL_DELAY": str(mail_delay),
            "PUBLIC_URL": "https://help.example.org",
            "WEBHOOK_PRIVATE": "allowed",
        }


@contextmanager
def world(directory: Path, mail_delay: int, receivers: int) -> Iterator[World]:
    """Run a mail server and receivers.

    :param mail_delay: the ``MAIL_DELAY``, in seconds.
    """
    around = World(directory, mail_delay, receivers)
    with ExitStack() as stack:
        for server in (around.mail, *around.receivers):
            stack.callback(server.stop)
            server.start()
        yield around


class Worker(Process):
    """``flask worker``, with the settings of a process that serves."""

    def __init__(self, served: Process, directory: Path) -> None:
        directory.mkdir()
        command = [*PYTHON, "-m", "flask", "worker"]
        super().__init__(command, served.environ, directory, served.port)
        self._starts = 0

    def start(self) -> None:
        """Start it, and wait until it works."""
        self._starts += 1
        super().start()

    def answers(self) -> bool:
        """Whether it has said that it works."""
        return self.log.read_text().count("Working.") == self._starts


class Writer:
    """Writes messages and comments until it is stopped; each until it is accepted.

    :param pause_s: between two of them, on average.
    """

    def __init__(
        self, seat: Seat, servers: Sequence[Process], pause_s: float
    ) -> None:
        self._seat, self._pause_s = seat, pause_s
        self._callers = [seat.who.at(server) for server in servers]
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self.accepted = 0

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """End, once what is being written is accepted."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(random.uniform(0.5, 1.5) * self._pause_s):
            text = f"text-{secrets.token_hex(8)}"
            write = random.choice((self._message, self._comment))
            deadline = time.monotonic() + ACCEPT_TIMEOUT_S
            while not write(random.choice(self._callers), text):
                assert time.monotonic() < deadline, "what is written is refused"
                time.sleep(0.1)
            self.accepted += 1

    def _message(self, caller: Caller, text: str) -> bool:
        return self._post(caller, "messages", {"message": text, "client_id": text})

    def _comment(self, caller: Caller, text: str) -> bool:
        return self._post(caller, "comments", {"content": text}, text)

    def _post(self, caller: Caller, what: str, body: dict, key: str = "") -> bool:
        headers = {"Authorization": f"Bearer {caller.token}"}
        headers |= {"Idempotency-Key": key} if key else {}
        url = f"{caller.url}/api/tickets/{self._seat.ticket['id']}/{what}"
        try:
            answer = requests.post(url, json=body, headers=headers, timeout=30)
        except requests.RequestException:
            return False
        return answer.ok


class Jobs:
    """The jobs of a service, as they are stored."""

    def __init__(self, served: Process) -> None:
        self._engine = create_engine(served.environ["DATABASE_URL"])

    def count(self, *which: Any) -> int:
        """Return how many jobs there are, of those that are meant."""
        with self._engine.connect() as connection:
            return connection.scalar(select(func.count()).where(*which)) or 0

    def wait(self, *which: Any) -> float:
        """Wait until all jobs have ended; return how many seconds that took."""
        begun = time.monotonic()
        while waiting := self.count(JOBS.c.due_at.is_not(None), *which):
            assert time.monotonic() < begun + TIMEOUT_S, f"{waiting} have not ended"
            time.sleep(0.1)
        return time.monotonic() - begun

    def let_leases_end(self) -> None:
        """Make all jobs due now, as if a minute had passed; none may be being done."""
        with self._engine.begin() as connection:
            waiting = update(JOBS).where(JOBS.c.due_at > utcnow())
            connection.execute(waiting.values(due_at=utcnow()))

    def failed(self) -> int:
        """Return how many have failed."""
        return self.count(JOBS.c.state == State.FAILED)

    def attempts(self) -> int:
        """Return how many attempts were more than one for each job."""
        more = select(func.sum(JOBS.c.attempts - 1)).where(JOBS.c.attempts > 1)
        with self._engine.connect() as connection:
            return int(connection.scalar(more) or 0)

    def all(self) -> list[Any]:
        """Return the rows of all jobs, in the order of their ids."""
        with self._engine.connect() as connection:
            return [*connection.execute(select(JOBS).order_by(JOBS.c.id))]

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Store jobs."""
        with self._engine.begin() as connection:
            connection.execute(JOBS.insert(), rows)


def add_webhook(root: Caller, url: str) -> dict:
    """Create a webhook of every event of the public streams; return it."""
    return root.post("/webhooks", {"url": url, "events": ["*"]})


def seats_of_confirmed(
    served: Process, mail: MailServer, tickets: int, each: int
) -> list[Seat]:
    """Return what ``fleet.seats`` does, of users who are mailed."""
    users = [register(served, "Ada", "admin")]
    users += [register(served, "Carla") for _ in range(tickets)]
    for user in users:
        mail.confirm(user)
    admin, *customers = users
    found = []
    for customer in customers:
        ticket = open_ticket(served, customer)
        found += [Seat((customer, admin)[i % 2], ticket) for i in range(each)]
    return found


def logs(root: Caller, seats: Collection[Seat]) -> dict[int, list[dict]]:
    """Return the public streams of the tickets of seats, by their ids."""
    ids = {seat.ticket["id"] for seat in seats}
    path = "/tickets/{}/events?stream=public"
    return {number: pages(root, path.format(number), "seq") for number in ids}


def undelivered(
    log: Mapping[int, list[dict]], received: Sequence[Delivery]
) -> list[str]:
    """Return what is wrong with the deliveries that one webhook got.

    Every entry is delivered at least once, for the first time in the order of ``seq``;
    again only under the same ``webhook-id``, which no other entry has.
    """
    first: dict[int, list[int]] = defaultdict(list)
    ids: dict[tuple[int, int], set[str]] = defaultdict(set)
    for delivery in received:
        ticket, seq = delivery.event["ticket_id"], delivery.event["seq"]
        if (ticket, seq) not in ids:
            first[ticket].append(seq)
        ids[ticket, seq].add(delivery.id)
    several = {of: those for of, those in ids.items() if len(those) > 1}
    found = [f"{of} has several ids: {those}" for of, those in several.items()]
    if len(set().union(*ids.values())) < len(ids):
        found.append("several entries have one id")
    for ticket, entries in log.items():
        owed = [entry["seq"] for entry in entries]
        if first[ticket] != owed:
            missing = sorted({*owed} - {*first[ticket]})
            found.append(f"ticket {ticket}: {first[ticket]}; missing: {missing}")
    return found


def unmailed(
    log: Mapping[int, list[dict]],
    people: Collection[Caller],
    mails: Sequence[Mail],
) -> list[str]:
    """Return what is wrong with the mails that the log owes.

    A customer is told that their ticket has arrived. Each text is mailed to the other
    side, and to nobody else; again only under the same Message-ID, with the same texts.

    :param people: all admins, and the customers; no ticket is assigned.
    """
    users = {person.user["id"]: person.user for person in people}
    admins = [user["email"] for user in users.values() if user["role"] == "admin"]
    found: list[str] = []
    contents: dict[str, list[str]] = {}
    got: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mail in mails:
        texts = TEXT.findall(mail.text)
        if contents.setdefault(mail.id, texts) != texts:
            found.append(f"{mail.id} says {texts}, and {contents[mail.id]} before")
        for text in texts:
            got[text, mail.to].add(mail.id)
    owed = set()
    for ticket, entries in log.items():
        owner = users[entries[0]["actor_id"]]
        received = f"<ticket-{ticket}.ticket_received.1.{owner['id']}@example.org>"
        if received not in contents:
            found.append(f"no mail says that ticket {ticket} has arrived")
        for entry in entries:
            text = entry["payload"].get(REPLIES.get(entry["name"], ""))
            by_customer = entry["actor_id"] == owner["id"]
            readers = admins if by_customer else [owner["email"]]
            owed |= {(text, reader) for reader in readers if text}
    found += [f"not mailed: {text} to {to}" for text, to in owed - {*got}]
    found += [f"mailed to another: {text} to {to}" for text, to in {*got} - owed]
    several = {of: ids for of, ids in got.items() if len(ids) > 1}
    return found + [f"mailed twice: {of} in {ids}" for of, ids in several.items()]


def spread(seconds: Sequence[float]) -> str:
    """Return the median, the 95th and 99th percentile, and the longest, in ms."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    named = {"p50": median(seconds), "p95": cuts[94], "p99": cuts[98]}
    named["max"] = max(seconds)
    return " ".join(f"{name}={value * 1000:.0f}" for name, value in named.items())
