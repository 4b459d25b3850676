"""Many sockets in many tickets hear many messages; then they all come back at once."""

from chaos.fleet import disagreements, seats, summary


def test_every_socket_hears_every_message_of_its_ticket_in_order(
    deploy, fleet, full, tell
):
    sockets, tickets, rate, seconds = (500, 250, 100, 60) if full else (50, 25, 20, 5)
    with deploy() as [server]:
        team = [seat.at(server) for seat in seats(server, tickets, sockets // tickets)]
        joined = fleet.ask(add=team)
        every = 1000 * sockets / rate
        talk = {"clients": [*range(sockets)], "every": every, "for": seconds * 1000}

        fleet.ask(send=talk)

        report = fleet.settle(server.root)
        tell(seconds=seconds, ms_to_join=joined["live_after"], **summary(report))
        assert report["failed"] == []
        assert disagreements(report, server.root) == []
        assert len(report["acknowledged"]) > 0.8 * rate * seconds
        assert sum(client["syncs"] for client in report["clients"]) == 0


def test_all_sockets_reconnect_at_once_and_miss_nothing(deploy, fleet, full, tell):
    sockets = 500 if full else 50
    with deploy() as [server]:
        team = [seat.at(server) for seat in seats(server, sockets // 2, 2)]
        fleet.ask(add=team)

        back = fleet.ask(drop=True)

        talk = {"clients": [*range(sockets)], "every": 1000, "for": 900}
        fleet.ask(send=talk)
        report = fleet.settle(server.root)
        tell(ms_until_all_joined=back["live_after"], **summary(report))
        assert back["live_after"] < 15_000
        assert disagreements(report, server.root) == []
        assert {client["connects"] for client in report["clients"]} == {2}
        assert {client["refused"] for client in report["clients"]} == {0}
        assert "Traceback" not in server.log.read_text()
