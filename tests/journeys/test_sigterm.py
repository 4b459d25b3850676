"""SIGTERM, with sockets connected."""

import pytest

WAYS = {
    "demo": ["websocket", "polling"],
    "eventlet": ["websocket", "polling"],
    "threading": ["websocket"],
}


@pytest.mark.parametrize(("how", "transports"), WAYS.items(), ids=WAYS)
def test_sigterm_with_open_sockets_ends_the_server_within_ten_seconds(
    how, transports, serve, register, connect
):
    with serve(how) as served:
        carla = register(served, "Carla")
        clients = [connect(carla, transport) for transport in transports * 2]

        seconds = served.terminate()

        assert seconds < 10
        assert not served.answers()
        for client in clients:
            client.wait_for("disconnect")
