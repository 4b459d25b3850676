"""Whispers of the Pusher protocol: only who types is passed on."""

import pytest
from raw import RawSocket
from raw_pusher import RawPusher

pytestmark = pytest.mark.slow

WHISPER = "client-typing"


@pytest.fixture
def channel(ticket):
    return f"private-ticket.{ticket['id']}"


@pytest.fixture
def hers(server, customer, channel):
    with RawPusher(server) as client:
        client.connect().subscribe(customer, channel)
        yield client


@pytest.fixture
def his(server, admin, channel):
    with RawPusher(server) as client:
        client.connect().subscribe(admin, channel)
        client.subscribe(admin, f"{channel}.staff")
        yield client


@pytest.mark.parametrize(
    ("data", "typing"),
    [
        ({"typing": True}, True),
        ({"typing": False}, False),
        ({"name": "Mallory", "ticket_id": 1}, True),
        ('{"typing":false}', False),
        ({}, True),
        (None, True),
        ("x", True),
    ],
)
def test_others_hear_who_types_in_the_servers_words(
    hers, his, customer, ticket, channel, data, typing
):
    hers.say(WHISPER, data, channel)

    user = {name: customer.user[name] for name in ("id", "name", "role")}
    expected = {"ticket_id": ticket["id"], "user": user, "typing": typing}
    assert his.hear(WHISPER, channel) == expected
    assert hers.heard_before_pong() == []


def test_sockets_of_either_kind_hear_each_other_type(
    server, hers, admin, ticket, channel
):
    with RawSocket(server) as native:
        native.log_in(admin.token).join(ticket)

        hers.say(WHISPER, {}, channel)
        heard = native.wait_for_event("typing")
        native.send(f'421["typing",{{"ticket_id":{ticket["id"]},"typing":false}}]')

        assert heard["typing"] is True and heard["user"]["name"] == "Carla"
        heard = hers.hear(WHISPER, channel)
        assert heard["typing"] is False and heard["user"]["name"] == "Ada"


@pytest.mark.parametrize(
    ("event", "channel_name", "data"),
    [
        (WHISPER, "{channel}.staff", {}),
        (WHISPER, "private-admins", {}),
        (WHISPER, "private-ticket.999", {}),
        (WHISPER, "presence-ticket.1", {}),
        (WHISPER, None, {}),
        (WHISPER, "{channel}", {"typing": "yes"}),
        (WHISPER, "{channel}", {"typing": None}),
        ("client-message", "{channel}", {}),
        ("message.sent", "{channel}", {"message": "Hm."}),
        ("typing", "{channel}", {"typing": True}),
        ("pusher:signin", None, {"auth": "x", "user_data": "{}"}),
        ("pusher_internal:subscription_succeeded", "{channel}", {}),
    ],
)
def test_any_other_event_of_a_client_is_refused_in_words(
    hers, his, admin, channel, event, channel_name, data
):
    his.subscribe(admin, "private-admins")

    his.say(event, data, channel_name and channel_name.format(channel=channel))

    assert his.hear("pusher:error")["message"]
    assert hers.heard_before_pong() == []


def test_too_many_whispers_are_refused_in_words_and_the_connection_stays(hers, channel):
    for _ in range(30):
        hers.say(WHISPER, {}, channel)

    assert hers.hear("pusher:error")["code"] == 4301
    assert {name for name, *_ in hers.heard_before_pong()} == {"pusher:error"}
