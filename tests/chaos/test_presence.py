"""Presence and typing in two processes, one of which is killed, and without Redis."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from served import JavaScriptClient, open_ticket, register, require_node

HEARTBEAT_S = 5.0
PROMISED_S = 15.0  # after a process died
CONVERGES_S = 10.0  # after an outage of Redis
TYPING_S = 6.0


@pytest.fixture
def connect() -> Iterator:
    """Connect a JavaScript client of a user."""
    require_node()
    with ExitStack() as stack:

        def connect(who):
            client = JavaScriptClient(who.url, who.token, "websocket")
            stack.enter_context(closing(client))
            client.wait_for("connect")
            return client

        yield connect


def hear_present(client, *present):
    """Wait until a client is notified of these users; return how long it took."""
    begun, expected = time.monotonic(), sorted(who.user["id"] for who in present)
    while True:
        [notice] = client.hear("presence")
        if sorted(user["id"] for user in notice["users"]) == expected:
            return time.monotonic() - begun


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_presence_is_right_in_every_process_and_after_one_was_killed(
    deploy, redis, connect, mode, tell
):
    with deploy(2, mode, REDIS_URL=redis.url) as (here, there):
        carla = register(here, "Carla")
        ada, bob = (register(here, name, "admin") for name in ("Ada", "Bob"))
        ticket = open_ticket(here, carla)
        carlas, watching, lobby = map(connect, (carla, ada, bob))
        carlas.join(ticket)
        watching.join(ticket)
        hear_present(watching, carla, ada)
        hear_present(lobby, ada)

        grace = register(there, "Grace", "admin")
        graces = connect(grace)
        graces.join(ticket)
        graces.emit("typing", {"ticket_id": ticket["id"], "typing": True})
        learning_took = hear_present(graces, carla, ada, grace)
        joined = graces.join(ticket)

        ids = [user["id"] for user in joined["staff"]["users"]]
        assert ids == sorted(who.user["id"] for who in (carla, ada, grace))
        assert carlas.hear("typing")[0]["typing"] is True
        hear_present(watching, carla, ada, grace)
        hear_present(lobby, ada, grace)

        there.kill()
        killed = time.monotonic()
        assert carlas.hear("typing")[0]["typing"] is False
        typing_took = time.monotonic() - killed
        hear_present(watching, carla, ada)
        presence_took = time.monotonic() - killed
        hear_present(lobby, ada)
        lobby_took = time.monotonic() - killed

        there.start()
        connect(grace).join(ticket)
        hear_present(watching, carla, ada, grace)
        took = {"typing": typing_took, "presence": presence_took, "lobby": lobby_took}
        tell(learning=learning_took, **took)
        assert learning_took < HEARTBEAT_S
        assert max(took.values()) < PROMISED_S
        assert carlas.heard(besides=()) == []


def test_typing_and_presence_end_across_processes_and_converge_without_redis(
    deploy, redis, connect
):
    with deploy(2, REDIS_URL=redis.url) as (here, there):
        carla, ada = register(here, "Carla"), register(there, "Ada", "admin")
        ticket = open_ticket(here, carla)
        carlas, adas = connect(carla), connect(ada)
        carlas.join(ticket)
        adas.join(ticket)

        begun = time.monotonic()
        adas.emit("typing", {"ticket_id": ticket["id"], "typing": True})
        told = [carlas.hear("typing")[0]["typing"] for _ in range(2)]
        took = time.monotonic() - begun
        assert told == [True, False]
        assert TYPING_S - 0.5 < took < TYPING_S + 1.5
        hear_present(adas, carla, ada)

        redis.stop()
        carlas.close()
        time.sleep(1)
        redis.start()

        assert hear_present(adas, ada) < CONVERGES_S + 5
        assert carlas.heard_until_closed() == []
