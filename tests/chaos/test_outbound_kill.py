"""kill -9 of who serves and who works, while twenty users write: nothing is lost.

Whatever the log of a ticket owes to its webhooks and by mail is sent, at the latest
when the leases of the workers that have died are over.
"""

import random
import time
from contextlib import contextmanager

import pytest
from chaos.outbound import (
    Jobs,
    Worker,
    Writer,
    add_webhook,
    logs,
    seats_of_confirmed,
    undelivered,
    unmailed,
    world,
)
from served import running

WRITERS = 20
TICKETS = 4
PAUSE_S = 2
SECONDS = 2  # between two kills


@pytest.fixture
def around(tmp_path):
    with world(tmp_path / "world", mail_delay=1, receivers=2) as around:
        yield around


@contextmanager
def writing(team, servers):
    """Let users write, on whichever server answers."""
    writers = [Writer(seat, servers, PAUSE_S) for seat in team]
    for writer in writers:
        writer.start()
    try:
        yield
    finally:
        for writer in writers:
            writer.stop()
    assert all(writer.accepted for writer in writers)


def kill_while_all_write(around, servers, workers, full, tell):
    """Kill those who serve and work in turn, and then all who work; compare."""
    rounds, root = 30 if full else 4, servers[0].root
    victims = list(dict.fromkeys([*servers, *workers]))
    for receiver in around.receivers:
        add_webhook(root, receiver.url())
    team = seats_of_confirmed(servers[0], around.mail, TICKETS, WRITERS // TICKETS)
    with writing(team, servers):
        for number in range(rounds):
            time.sleep(random.uniform(0.5, SECONDS - 0.5))
            victims[number % len(victims)].kill()
            victims[number % len(victims)].start()
    jobs = Jobs(servers[0])
    for worker in workers:
        worker.kill()
    if not full:  # else they end by themselves
        jobs.let_leases_end()
    for worker in workers:
        worker.start()
    waited = jobs.wait()

    log, mails = logs(root, team), around.mail.mails()
    got = [receiver.received() for receiver in around.receivers]
    people = [root, *{seat.who.user["id"]: seat.who for seat in team}.values()]
    tell(
        kills=rounds,
        entries=sum(map(len, log.values())),
        deliveries=[len(received) for received in got],
        mails=len(mails),
        mails_twice=len(mails) - len({mail.id for mail in mails}),
        attempts_more_than_one=jobs.attempts(),
        seconds_until_all_was_done=round(waited),
    )
    assert jobs.failed() == 0
    assert [undelivered(log, received) for received in got] == [[], []]
    assert unmailed(log, people, mails) == []


def test_kill_of_the_server_and_of_the_worker_loses_nothing_that_is_owed(
    deploy, tmp_path, around, full, tell
):
    with deploy(WORKER="separate", **around.settings) as [server]:
        worker = Worker(server, tmp_path / "worker")
        with running(worker):
            kill_while_all_write(around, [server], [worker], full, tell)


def test_kill_of_one_of_two_that_serve_and_work_loses_nothing_that_is_owed(
    deploy, redis, around, full, tell
):
    with deploy(2, REDIS_URL=redis.url, **around.settings) as servers:
        kill_while_all_write(around, servers, servers, full, tell)
