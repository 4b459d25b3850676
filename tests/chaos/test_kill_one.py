"""kill -9 of the one server, while twenty clients send."""

import random
import time

from chaos.fleet import disagreements, seats, summary

CLIENTS = 20
SECONDS = 3


def test_kill_of_the_only_process_loses_nothing_acknowledged(deploy, fleet, full, tell):
    rounds = 50 if full else 3
    with deploy() as [server]:
        team = [seat.at(server) for seat in seats(server, tickets=4, each=CLIENTS // 4)]
        fleet.ask(add=team)
        for _ in range(rounds):
            talk = {"clients": [*range(CLIENTS)], "every": 250, "for": SECONDS * 1000}
            fleet.tell(send=talk)
            time.sleep(random.uniform(0.5, SECONDS - 0.5))

            server.kill()
            server.start()

            fleet.answer()
            fleet.ask(settle=500)

        report = fleet.settle(server.root)
        tell(kills=rounds, **summary(report))
        assert report["failed"] == []
        assert disagreements(report, server.root) == []
        assert all(client["connects"] > rounds / 2 for client in report["clients"])
