"""What no client of the Pusher protocol sends: refused in words, or the last of it."""

import json

import pytest
import requests
from raw import Closed
from raw_pusher import RawPusher
from served import open_ticket

pytestmark = pytest.mark.slow

DEEP = "[" * 100_000
SUBSCRIBE = '{"event":"pusher:subscribe","data":%s}'


@pytest.fixture
def beside(server, customer):
    """Another client, subscribed to its user's channel."""
    with RawPusher(server) as client:
        client.connect().subscribe(customer, f"private-user.{customer.user['id']}")
        yield client


@pytest.mark.parametrize(
    "packet",
    [
        *("", "x", "1", "2", "40", '42["join",{}]', "null", "true", "[]", '"x"', "{}"),
        *('{"event":1}', '{"event":null}', '{"event":["pusher:ping"]}', '{"data":{}}'),
        '{"event":"pusher:ping","event":"pusher:ping"}',
        '{"event":"pusher:ping","data":NaN}',
        *(DEEP, DEEP + "]" * 100_000, '{"event":"pusher:ping","data":' + DEEP),
        *("x" * 300_000, json.dumps({"event": "x", "data": "y" * 300_000})),
        *(b"", b"x", b'{"event":"pusher:ping"}'),
    ],
    ids=lambda packet: repr(packet[:40]),
)
def test_what_is_no_message_ends_the_connection(server, beside, packet):
    with RawPusher(server) as client, pytest.raises(Closed):
        client.connect().send(packet)
        client.end()
        raise Closed

    assert beside.heard_before_pong() == []
    assert requests.get(f"{server.url}/healthz", timeout=2).ok


@pytest.mark.parametrize(
    "packet",
    [
        *('{"event":""}', '{"event":"\\ud800"}', '{"event":"pusher:subscribe"}'),
        *(SUBSCRIBE % value for value in ("null", "1", '"x"', "[]", "{}")),
        *(SUBSCRIBE % f'{{"channel":{value}}}' for value in ("1", "[]", '"\\ud800"')),
        SUBSCRIBE % '{"channel":"private-admins"}',
        SUBSCRIBE % '{"channel":"private-admins","auth":1}',
        SUBSCRIBE % '{"channel":"private-admins","auth":"::"}',
        SUBSCRIBE % '{"channel":"private-admins","auth":"ticketing:\\ud800:é"}',
        SUBSCRIBE % f'{{"channel":"private-ticket.{"9" * 400}","auth":"a:b:c"}}',
        SUBSCRIBE % f'"{DEEP}"',
        '{"event":"client-typing","channel":{},"data":{}}',
        '{"event":"client-typing","channel":"\\u0000","data":"%s"}' % DEEP,
    ],
    ids=lambda packet: packet[:80],
)
def test_what_is_none_of_a_clients_messages_is_refused_in_words(server, packet):
    with RawPusher(server) as client:
        client.connect().send(packet)

        [(event, _, data)] = client.heard_before_pong()

        assert event in ("pusher:error", "pusher:subscription_error")
        assert data.get("message") or data.get("error")


@pytest.mark.parametrize("channel", ["1", "null", '"private-admins"', '"x"', "{}"])
def test_to_leave_what_was_never_subscribed_does_nothing(server, channel):
    with RawPusher(server) as client:
        client.connect()
        client.send(f'{{"event":"pusher:unsubscribe","data":{{"channel":{channel}}}}}')

        assert client.heard_before_pong() == []


def test_a_client_that_does_not_read_does_not_slow_down_others(server, customer):
    ticket = open_ticket(server, customer)
    channel = f"private-ticket.{ticket['id']}"
    with RawPusher(server, buffer=4096) as mute, RawPusher(server) as client:
        mute.connect().subscribe(customer, channel)
        client.connect().subscribe(customer, channel)

        for _ in range(1600):
            said = server.root.say(ticket, "x" * 4000)
            assert client.hear("message.sent")["id"] == said["id"]

        assert mute.drain() < 1600 * 4000
