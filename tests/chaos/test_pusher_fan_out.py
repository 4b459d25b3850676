"""Sockets of both protocols in the same rooms hear many messages."""

from contextlib import closing

import pytest
from chaos.fleet import Fleet, disagreements, seats, stored, summary
from chaos.histories import PUBLIC


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_every_socket_of_either_protocol_hears_every_message_in_order(
    deploy, fleet, full, tell, mode
):
    sockets, tickets, rate, seconds = (250, 125, 100, 60) if full else (20, 5, 20, 5)
    if full and mode == "threading":  # each socket keeps one of 256 threads
        sockets, tickets, rate = 100, 50, 40
    with deploy(mode=mode) as [server], closing(Fleet("pushers.mjs")) as pushers:
        team = [seat.at(server) for seat in seats(server, tickets, sockets // tickets)]
        fleet.ask(add=team)
        pushers.ask(add=team)
        talk = {"clients": [*range(sockets)], "every": 1000 * sockets / rate}

        fleet.ask(send={**talk, "for": seconds * 1000})

        report = fleet.settle(server.root)
        heard = pushers.ask(settle=2000, report=True)
        tell(pusher_ms_to_show=heard["shown_after"], **summary(report))
        assert report["failed"] == []
        assert disagreements(report, server.root) == []
        assert misheard(heard, server.root) == []
        assert len(report["acknowledged"]) > 0.8 * rate * seconds
        assert all(each["states"] == ["connected"] for each in heard["clients"])


def misheard(report, root):
    """Return the clients that showed anything but each entry once, in order."""
    tickets = {client["ticket"] for client in report["clients"]}
    streams = {ticket: stored(root, ticket).streams[PUBLIC] for ticket in tickets}
    return [
        client
        for client in report["clients"]
        # They came when the ticket had been created.
        if [*map(tuple, client["shown"])] != streams[client["ticket"]][1:]
    ]
