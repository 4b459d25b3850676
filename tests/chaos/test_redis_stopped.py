"""Redis is stopped and started again, while clients on two processes send."""

import time

from chaos.fleet import disagreements, seats, summary

CLIENTS = 20


def test_everyone_hears_all_within_ten_seconds(deploy, redis, fleet, full, tell):
    seconds = 10 if full else 3
    with deploy(2, REDIS_URL=redis.url) as servers:
        team = seats(servers[0], tickets=4, each=CLIENTS // 4)
        fleet.ask(add=[seat.at(servers[i % 2]) for i, seat in enumerate(team)])
        duration = (seconds + 4) * 1000
        fleet.tell(send={"clients": [*range(CLIENTS)], "every": 500, "for": duration})
        time.sleep(1)

        redis.stop()
        time.sleep(seconds)
        redis.start()

        back = time.time()
        fleet.answer()
        report = fleet.ask(settle=4000, report=True)
        tell(seconds_stopped=seconds, **summary(report))
        assert report["failed"] == []
        assert disagreements(report, servers[0].root) == []
        assert {client["connects"] for client in report["clients"]} == {1}
        assert report["acknowledged_after"]["max"] < 10_000
        assert report["shown_after"]["max"] < 10_000
        assert report["last_shown"] / 1000 - back < 10
