"""Connections of the Pusher protocol to one process, while others act on another."""

import time
from contextlib import ExitStack

import pytest
from chaos.test_rights_lost import (
    change_password,
    deactivate,
    demote,
    log_out,
    refresh,
)
from laravel import LaravelPage
from raw_pusher import RawPusher
from served import open_ticket, register, require_node

SECONDS = 5
LOSSES = [
    (log_out, "customer"),
    (refresh, "customer"),
    (change_password, "customer"),
    (demote, "admin"),
    (deactivate, "customer"),
    (deactivate, "admin"),
]


class Listener:
    """Someone with a channel on one process; ``who`` and ``ticket`` for the losses."""

    def __init__(self, process, role="customer"):
        self.who = register(process, "Lisa", role)
        owner = self.who if role == "customer" else register(process, "Carla")
        self.ticket = open_ticket(process, owner)
        self.channel = f"private-ticket.{self.ticket['id']}"
        self.client = RawPusher(process).connect()
        answer = self.client.subscribe(self.who, self.channel)
        assert answer["event"] == "pusher_internal:subscription_succeeded"


@pytest.mark.parametrize("redis_is", ["there", "stopped"])
@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_a_connection_is_closed_five_seconds_after_losing_its_right(
    deploy, redis, redis_is, mode, tell
):
    with deploy(2, mode, REDIS_URL=redis.url) as (here, there), ExitStack() as stack:
        listeners = [Listener(here, role) for _, role in LOSSES]
        witness = Listener(here)
        for each in [*listeners, witness]:
            stack.enter_context(each.client)
        if redis_is == "stopped":
            redis.stop()

        begun = time.monotonic()
        for (lose, _), listener in zip(LOSSES, listeners, strict=True):
            lose(listener, there)
        ends = [listener.client.end() for listener in listeners]

        seconds = time.monotonic() - begun
        tell(seconds_until_the_last_was_closed=round(seconds, 1))
        assert seconds < SECONDS
        assert {end.code for end in ends} == {4009}
        assert witness.client.heard_before_pong() == []


def test_pages_on_two_processes_hear_each_other(deploy, redis, tmp_path):
    require_node()
    with deploy(2, REDIS_URL=redis.url) as (here, there):
        customer = register(here, "Carla")
        ticket = open_ticket(here, customer)
        for name in ("hers", "his"):
            (tmp_path / name).mkdir()
        with (
            LaravelPage(tmp_path / "hers", here, customer, ticket) as hers,
            LaravelPage(tmp_path / "his", there, there.root, ticket) as his,
        ):
            hers.subscribed()
            his.subscribed()
            his.run(f"{his.channel}.listenForWhisper('typing', (e) => print('t', e))")

            hers.run(f"{hers.channel}.whisper('typing', {{}})")
            assert his.wait_for("t")[0]["user"]["name"] == "Carla"

            customer.say(ticket, "Hello?")
            assert his.wait_for("New message:")[0]["message"] == "Hello?"
            there.root.say(ticket, "Unplug it.")
            hers.wait_for("New message:")
            assert hers.wait_for("New message:")[0]["message"] == "Unplug it."


def test_a_grant_of_one_process_is_taken_by_another(deploy, redis):
    with deploy(2, REDIS_URL=redis.url) as (here, there):
        customer = register(here, "Carla")
        channel = f"private-user.{customer.user['id']}"
        with RawPusher(here) as client:
            client.connect()
            client.process = there  # which is asked

            answer = client.subscribe(customer, channel)

            assert answer["event"] == "pusher_internal:subscription_succeeded"
