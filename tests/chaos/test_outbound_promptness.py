"""Jobs begin when they are due, while many sockets chat."""

from collections import defaultdict
from datetime import timedelta

import pytest
from chaos.fleet import summary
from chaos.outbound import (
    Jobs,
    add_webhook,
    seats_of_confirmed,
    spread,
    world,
)

DELAY_S = 2
LONGEST_DELAY_S = 5 * DELAY_S
LATEST_S = 2.0  # after it is due, a job begins


@pytest.fixture
def around(tmp_path):
    with world(tmp_path / "world", mail_delay=DELAY_S, receivers=1) as around:
        yield around


def delays(jobs):
    """Return how many seconds after it was due each job had ended, by its kind.

    It had begun by then. One of a lane is due when the one before it has ended; one
    that waits with a reply waits on, once, if others have followed.
    """
    found, ended, waited = defaultdict(list), {}, {}
    for job in jobs:
        kind, due_at = job.pool.partition(".")[0], job.created_at
        if kind == "reply":
            reply = job.pool, job.data["seq"]
            since = waited.setdefault(reply, job.created_at)
            again = since is not job.created_at
            due_at = since + timedelta(seconds=LONGEST_DELAY_S if again else DELAY_S)
        if job.lane:
            due_at = max(due_at, ended.get(job.lane, due_at))
            ended[job.lane] = job.ended_at
        found[kind].append((job.ended_at - due_at).total_seconds())
    return found


def test_jobs_begin_within_two_seconds_of_when_they_are_due_while_sockets_chat(
    deploy, around, fleet, full, tell
):
    sockets, tickets, rate, seconds = (500, 50, 10, 60) if full else (50, 10, 3, 8)
    with deploy(**around.settings) as [server]:
        each = sockets // tickets
        team = seats_of_confirmed(server, around.mail, tickets, each)
        add_webhook(server.root, around.receivers[0].url())
        fleet.ask(add=[seat.at(server) for seat in team])
        jobs = Jobs(server)
        jobs.wait()
        before = len(jobs.all())
        every = 1000 * sockets / rate

        fleet.ask(
            send={"clients": [*range(sockets)], "every": every, "for": seconds * 1000}
        )
        jobs.wait()

        report = fleet.ask(settle=2000, report=True)
        found = delays(jobs.all()[before:])
        everything = [delay for kind in found.values() for delay in kind]
        figures = {f"{kind}_{len(all_)}": spread(all_) for kind, all_ in found.items()}
        tell(**summary(report), **figures)
        assert {*found} == {"reply", "mail", "webhook"}
        slow = sum(delay > LATEST_S for delay in everything)
        assert slow <= len(everything) / 100
