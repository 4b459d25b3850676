"""Limits of connections of the Pusher protocol, and what a closed one is told."""

import time
from contextlib import ExitStack, suppress
from threading import Thread

import pytest
import requests
from raw import Closed, RawSocket
from raw_pusher import RawPusher
from served import Meanwhile

pytestmark = pytest.mark.slow


class Watch(Meanwhile):
    """Ask whether the process is well, again and again; note the slowest answer."""

    def __init__(self, server):
        super().__init__(0.05)
        self.slowest = 0.0  # seconds
        self._url = f"{server.url}/healthz"

    def act(self):
        """Ask once."""
        begun = time.monotonic()
        assert requests.get(self._url, timeout=10).ok
        self.slowest = max(self.slowest, time.monotonic() - begun)


def own_channel(user):
    return f"private-user.{user.user['id']}"


@pytest.mark.parametrize("key", ["another", "", "ticketing/x", "TICKETING"])
def test_another_key_is_closed_for_good_in_words(server, key):
    with RawPusher(server, key=key) as client:
        error = client.hear("pusher:error")
        ended = client.end()

    assert error["code"] == ended.code == 4001
    assert "key" in error["message"] and "key" in ended.reason


def test_without_an_upgrade_there_is_nothing_at_the_path(server):
    response = requests.get(f"{server.url}/app/ticketing", timeout=5)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_page_of_another_origin_is_refused(server):
    with pytest.raises(Closed, match="400"):
        RawPusher(server, origin="https://mallory.example")

    with RawPusher(server, origin=server.url) as client:
        client.connect()


def test_at_most_twenty_connections_of_an_address_subscribe_nothing(server, customer):
    with ExitStack() as stack:
        clients = [stack.enter_context(RawPusher(server)) for _ in range(20)]
        for client in clients:
            client.connect()

        with RawPusher(server) as one_more:
            assert one_more.hear("pusher:error")["code"] == 4100
            assert one_more.end().code == 4100
        clients[0].subscribe(customer, own_channel(customer))
        with RawPusher(server) as one_more:
            one_more.connect()


def test_the_eleventh_connection_of_a_user_is_closed_in_words(server, customer):
    with ExitStack() as stack:
        for _ in range(5):
            client = stack.enter_context(RawPusher(server))
            client.connect().subscribe(customer, own_channel(customer))
            in_background(client.end)
            native = stack.enter_context(RawSocket(server))
            native.log_in(customer.token)
            in_background(native.answer_pings, 30)

        with RawPusher(server) as one_more:
            one_more.connect()
            channel = own_channel(customer)
            auth = one_more.ask(customer, channel).json()["auth"]
            one_more.say("pusher:subscribe", {"channel": channel, "auth": auth})

            error = one_more.hear("pusher:error")
            ended = one_more.end()

    assert error["code"] == ended.code == 4100
    assert "10 connections" in error["message"] and "10 connections" in ended.reason


def test_a_ping_is_answered_and_too_many_end_the_connection(server, customer):
    watch = Watch(server)
    with RawPusher(server) as client, RawPusher(server) as other, watch:
        other.connect().subscribe(customer, own_channel(customer))
        client.connect()
        assert client.heard_before_pong() == []

        with suppress(Closed):
            for _ in range(20_000):
                client.say("pusher:ping", {})
        with suppress(ConnectionError):
            client.drain()

        assert other.heard_before_pong() == []
    assert watch.slowest < 1


def test_a_late_subscription_is_let_in_and_a_connection_without_one_ends(
    server, customer
):
    with RawPusher(server) as late, RawPusher(server) as never:
        late.connect()
        never.connect()
        begun = time.monotonic()
        read_for(late, 14)  # longer than a Socket.IO client has to log in

        late.subscribe(customer, own_channel(customer))

        ended = never_ends(never, begun + 80)
        assert ended.code == 4202 and "subscribed" in ended.reason
        assert 58 < time.monotonic() - begun < 70


def test_pings_are_frames_that_any_client_answers(server, customer):
    """Clients for Java and Swift answer no ``pusher:ping``."""
    with RawPusher(server) as client, RawPusher(server) as mute:
        client.connect().subscribe(customer, own_channel(customer))
        mute.connect().subscribe(customer, own_channel(customer))
        begun = time.monotonic()

        pings = pings_in(client, 40)

        assert pings == 3
        assert client.heard_before_pong() == []
        mute.drain()
        assert time.monotonic() - begun < 50


def test_whatever_a_client_sends_shows_that_it_is_there(server, customer):
    with RawPusher(server, answers=False) as client:
        client.connect().subscribe(customer, own_channel(customer))

        read_for(client, 40)

        assert client.heard_before_pong() == []


def in_background(read, *args):
    """Read from a client, which answers pings, until it is closed."""

    def run():
        with suppress(Exception):
            read(*args)

    Thread(target=run, daemon=True).start()


def read_for(client, seconds):
    """Send and read for some time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        client.heard_before_pong()
        time.sleep(0.5)


def pings_in(client, seconds):
    """Only answer the pings of the WebSocket for some time; return their number."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(TimeoutError):
            client.next()
    return client.pings


def never_ends(client, deadline):
    """Return how a connection ends that only answers pings."""
    while time.monotonic() < deadline:
        try:
            return client.end()
        except TimeoutError:
            continue
    pytest.fail("it does not end")
