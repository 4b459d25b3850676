"""Redis is away for a while, dead or deaf, while clients on two processes send."""

import time

import pytest

from chaos.fleet import disagreements, seats, summary
from chaos.services import Redis

CLIENTS = 20


WAYS = {"killed": (Redis.stop, Redis.start), "frozen": (Redis.freeze, Redis.thaw)}


@pytest.mark.parametrize("way", WAYS)
def test_everyone_hears_all_within_ten_seconds(way, deploy, redis, fleet, full, tell):
    take_away, bring_back = WAYS[way]
    seconds = 10 if full else 3
    with deploy(2, REDIS_URL=redis.url) as servers:
        team = seats(servers[0], tickets=4, each=CLIENTS // 4)
        fleet.ask(add=[seat.at(servers[i % 2]) for i, seat in enumerate(team)])
        duration = (seconds + 4) * 1000
        fleet.tell(send={"clients": [*range(CLIENTS)], "every": 500, "for": duration})
        time.sleep(1)

        take_away(redis)
        time.sleep(seconds)
        bring_back(redis)

        back = time.time()
        fleet.answer()
        report = fleet.ask(settle=4000, report=True)
        tell(seconds_away=seconds, **summary(report))
        assert report["failed"] == []
        assert disagreements(report, servers[0].root) == []
        assert {client["connects"] for client in report["clients"]} == {1}
        # No send waited for it.
        assert report["acknowledged_after"]["max"] < seconds * 1000 / 2
        assert report["shown_after"]["max"] < 10_000
        assert report["last_shown"] / 1000 - back < 10
