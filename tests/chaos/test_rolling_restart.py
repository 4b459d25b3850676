"""Two processes behind nginx are restarted in turns, by SIGTERM, under load.

A request that meets the end of its process is answered 503 by nginx: it is not
repeated elsewhere, since the process may have done it. Whoever sends it again with
the same ``client_id`` has it done once.
"""

import time
from collections import Counter

import served
from chaos.fleet import disagreements, seats, stored, summary
from chaos.prober import Prober

CLIENTS = 20


def test_rolling_restart_under_load_loses_nothing(
    tmp_path, deploy, redis, fleet, full, tell
):
    rounds = 10 if full else 2
    settings = {"REDIS_URL": redis.url, "TRUSTED_PROXIES": "1"}
    (tmp_path / "nginx").mkdir()
    with deploy(2, **settings) as servers:
        ports = [server.port for server in servers]
        with served.fronted(tmp_path / "nginx", *ports, sticky=False) as front:
            team = seats(servers[0], tickets=4, each=CLIENTS // 4)
            fleet.ask(add=[seat.at(front) for seat in team])
            talk = {"clients": [*range(CLIENTS)], "every": 500, "for": rounds * 8000}
            fleet.tell(send=talk)
            with Prober(team[0], team[0].who.at(front)) as prober:
                took = []
                for number in range(rounds):
                    time.sleep(1)
                    took.append(servers[number % 2].terminate())
                    servers[number % 2].start()
                fleet.answer()
            report = fleet.settle(servers[0].root)
            tell(
                restarts=rounds,
                seconds_to_end=[round(seconds, 1) for seconds in took],
                http_answers=dict(Counter(status for _, status in prober.answers)),
                **summary(report),
            )
            assert report["failed"] == []
            assert disagreements(report, servers[0].root) == []
            assert max(took) < 10
            assert prober.statuses() <= {201, 503}
            kept = stored(servers[0].root, team[0].ticket["id"]).messages
            assert set(prober.sent) <= {id for id, _ in kept}
