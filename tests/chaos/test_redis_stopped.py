"""Redis is away for a while, dead or deaf, while clients on two processes send.

On half of the tickets only those on one process do. Those on the other see no gap, and
are told by ``sync`` that they are behind.
"""

import time

import pytest
from chaos.fleet import disagreements, seats, summary
from chaos.services import Redis

CLIENTS = 20
TICKETS = 4
WAYS = {"killed": (Redis.stop, Redis.start), "frozen": (Redis.freeze, Redis.thaw)}


@pytest.mark.parametrize("way", WAYS)
def test_two_processes_catch_up_within_ten_seconds_of_the_return_of_redis(
    way, deploy, redis, fleet, full, tell
):
    take_away, bring_back = WAYS[way]
    seconds = 10 if full else 3
    with deploy(2, REDIS_URL=redis.url) as servers:
        team = seats(servers[0], TICKETS, each=CLIENTS // TICKETS)
        fleet.ask(add=[seat.at(servers[i % 2]) for i, seat in enumerate(team)])
        talkers = [i for i in range(CLIENTS) if i < CLIENTS // 2 or i % 2]
        duration = (seconds + 4) * 1000
        fleet.tell(send={"clients": talkers, "every": 500, "for": duration})
        time.sleep(1)

        take_away(redis)
        time.sleep(seconds)
        bring_back(redis)

        back = time.time()
        fleet.answer()
        report = fleet.settle(servers[0].root, quiet=4000)
        tell(seconds_away=seconds, **summary(report))
        assert report["failed"] == []
        assert disagreements(report, servers[0].root) == []
        assert {client["connects"] for client in report["clients"]} == {1}
        unaware = [i for i in range(CLIENTS) if i not in talkers]
        assert all(report["clients"][i]["syncs"] for i in unaware)
        # No send waited for it.
        assert report["acknowledged_after"]["max"] < seconds * 1000 / 2
        assert report["shown_after"]["max"] < 10_000
        assert report["last_shown"] / 1000 - back < 10
