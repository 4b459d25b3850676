"""A receiver that hangs keeps deliveries waiting; all others are sent as before."""

import secrets
import time
from datetime import datetime
from statistics import median

import pytest
from chaos.outbound import (
    JOBS,
    TEXT,
    Jobs,
    add_webhook,
    seats_of_confirmed,
    spread,
    world,
)

from ticketing.core.database import utcnow
from ticketing.jobs.models import State

PROBE_INTERVAL_S = 0.3
PATIENCE_S = 60
SLOWER = 1.5  # times as long, beside ``NOISE_S``, on a machine that others use
NOISE_S = 0.5


@pytest.fixture
def around(tmp_path):
    with world(tmp_path / "world", mail_delay=0, receivers=2) as around:
        yield around


def backlog(webhook, tickets, count):
    """Return jobs of deliveries that wait, as the service stores them."""
    now = utcnow()
    for number in range(count):
        ticket_id = tickets[number % len(tickets)]["id"]
        pool = f"webhook.{webhook['id']}"
        about = {"webhook_id": webhook["id"], "type": "ticket.created"}
        about |= {"ticket_id": ticket_id, "stream": "public", "seq": 1}
        yield {
            "pool": pool,
            "lane": f"{pool}.ticket.{ticket_id}",
            "data": about,
            "state": State.DUE,
            "due_at": now,
            "attempts": 0,
            "created_at": now,
        }


def wait_until(is_so):
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def probe(around, good, team, count):
    """Write texts; return the seconds until they were delivered, and mailed."""
    texts = [f"text-{secrets.token_hex(8)}" for _ in range(count)]
    sent = {}
    for number, text in enumerate(texts):
        seat = team[number % len(team)]
        said = seat.who.say(seat.ticket, text)
        sent[text] = datetime.fromisoformat(said["created_at"]).timestamp()
        time.sleep(PROBE_INTERVAL_S)

    def delivered():
        got = [(d.payload.get("message"), d.at) for d in good.received()]
        return {text: at for text, at in reversed(got) if text in sent}

    def mailed():
        mails = reversed(around.mail.mails())
        return {t: m.at for m in mails for t in TEXT.findall(m.text) if t in sent}

    wait_until(lambda: len(delivered()) == len(mailed()) == count)
    return [
        [found[text] - at for text, at in sent.items()]
        for found in (delivered(), mailed())
    ]


def test_a_receiver_that_hangs_slows_down_neither_mails_nor_other_receivers(
    deploy, around, full, tell
):
    waiting, tickets, count = (20_000, 40, 60) if full else (500, 20, 20)
    good, dead = around.receivers
    with deploy(**around.settings) as [server]:
        team = seats_of_confirmed(server, around.mail, tickets, each=1)
        add_webhook(server.root, good.url())
        jobs = Jobs(server)
        jobs.wait()
        probe(around, good, team, 3)  # what is done once is done
        without = probe(around, good, team, count)
        webhook = add_webhook(server.root, dead.url("hanging"))
        jobs.add([*backlog(webhook, [seat.ticket for seat in team], waiting)])
        pool = JOBS.c.pool == f"webhook.{webhook['id']}"
        wait_until(lambda: jobs.count(pool, JOBS.c.state == State.LEASED) == 4)

        beside = probe(around, good, team, count)

        tell(
            waiting=jobs.count(pool, JOBS.c.due_at.is_not(None)),
            deliveries_in_ms_without=spread(without[0]),
            deliveries_in_ms_beside=spread(beside[0]),
            mails_in_ms_without=spread(without[1]),
            mails_in_ms_beside=spread(beside[1]),
        )
        for before, then in zip(without, beside):
            assert median(then) < SLOWER * median(before) + NOISE_S
