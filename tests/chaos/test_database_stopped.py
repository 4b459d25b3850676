"""The database is killed and started again, while clients send by socket and HTTP."""

import os
import time

from chaos.fleet import disagreements, seats, stored, summary
from chaos.prober import Prober
from chaos.services import database_like

CLIENTS = 20
RECOVERY = 5  # seconds


def test_service_recovers_from_a_stopped_database_without_loss(
    tmp_path, deploy, fleet, full, tell
):
    seconds = 5 if full else 2
    given = os.environ.get("TEST_DATABASE_URL")
    database = database_like(given, tmp_path / "database")
    database.start()
    try:
        database.create()
        with deploy(DATABASE_URL=database.url) as [server]:
            team = seats(server, tickets=4, each=CLIENTS // 4)
            fleet.ask(add=[seat.at(server) for seat in team])
            talk = {"clients": [*range(CLIENTS)], "every": 500}
            fleet.tell(send=talk | {"for": (seconds + RECOVERY + 3) * 1000})
            with Prober(team[0]) as prober:
                time.sleep(1)

                database.stop()
                stopped = time.monotonic()
                time.sleep(seconds)
                starting = time.monotonic()
                database.start()

                started = time.monotonic()
                fleet.answer()
                # MySQL may take longer to start than the clients go on sending.
                time.sleep(max(0, started + RECOVERY + 1 - time.monotonic()))
            ended = time.monotonic()
            report = fleet.settle(server.root)
            meanwhile = prober.statuses(stopped, starting)
            after = prober.statuses(started + RECOVERY, ended)
            answers = [at for at, code in prober.answers if code == 201]
            back = min(at for at in answers if at > starting)
            tell(
                seconds_stopped=seconds,
                answered_meanwhile=meanwhile,
                recovered_after=f"{back - started:.1f} s",
                **summary(report),
            )
            assert report["failed"] == []
            assert disagreements(report, server.root) == []
            assert meanwhile == {503}
            assert after == {201}
            assert prober.statuses() == {201, 503}
            kept = stored(server.root, team[0].ticket["id"]).messages
            assert set(prober.sent) <= {id for id, _ in kept}
    finally:
        database.stop()
