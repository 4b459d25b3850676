"""Someone writes on one process, while the reader listens on another."""

from contextlib import closing

import pytest
import requests
from served import JavaScriptClient, open_ticket, register, require_node


@pytest.mark.parametrize("address", ["url", "socket_url"])
def test_unread_count_reaches_a_reader_on_another_process(deploy, redis, address):
    require_node()
    with deploy(2, REDIS_URL=getattr(redis, address)) as (here, there):
        assert requests.get(f"{here.url}/readyz").status_code == 200
        carla = register(here, "Carla")
        ticket = open_ticket(here, carla)
        client = JavaScriptClient(here.url, carla.token, "websocket")
        with closing(client):
            client.wait_for("connect")

            for count in (1, 2):
                there.root.say(ticket, f"Unplug it, {count}.")
                assert client.hear("unread.changed") == [{"unread_count": count}]

            here.root.say(ticket, "Or is it unplugged?")
            assert client.hear("unread.changed") == [{"unread_count": 3}]
            carla.at(there).get(f"/tickets/{ticket['id']}/messages")
            assert client.hear("unread.changed") == [{"unread_count": 0}]
            assert client.heard() == []  # each was told once
