"""kill -9 of either of two processes, while clients on both of them send.

Those of the one that lives stay connected. What the other has stored, and no longer
told through Redis, they learn by ``sync``.
"""

import random
import time

from chaos.fleet import disagreements, seats, summary

CLIENTS = 20
SECONDS = 3


def test_kill_of_one_of_two_processes_loses_nothing(deploy, redis, fleet, full, tell):
    rounds = 50 if full else 4
    with deploy(2, REDIS_URL=redis.url) as servers:
        team = seats(servers[0], tickets=2, each=CLIENTS // 2)
        # By pairs, so that a customer and an admin of each ticket are on both.
        fleet.ask(add=[seat.at(servers[i // 2 % 2]) for i, seat in enumerate(team)])
        for number in range(rounds):
            talk = {"clients": [*range(CLIENTS)], "every": 250, "for": SECONDS * 1000}
            fleet.tell(send=talk)
            time.sleep(random.uniform(0.5, SECONDS - 0.5))

            servers[number % 2].kill()
            servers[number % 2].start()

            fleet.answer()
            fleet.ask(settle=500)

        report = fleet.settle(servers[0].root)
        tell(kills=rounds, **summary(report))
        assert report["failed"] == []
        assert disagreements(report, servers[0].root) == []
        assert {client["connects"] for client in report["clients"]} == {rounds // 2 + 1}
