"""Subscribe channels of the Pusher protocol, and hear what their rooms are sent."""

import json

import pytest
from raw_pusher import RawPusher
from served import open_ticket, register

pytestmark = pytest.mark.slow

SUCCEEDED = "pusher_internal:subscription_succeeded"
REFUSED = "pusher:subscription_error"


def test_the_first_message_names_the_connection_in_a_string(server):
    with RawPusher(server) as client:
        message = client.next()

        assert message["event"] == "pusher:connection_established"
        assert isinstance(message["data"], str)
        assert set(json.loads(message["data"])) == {"socket_id", "activity_timeout"}


def test_a_message_is_heard_under_its_name_with_its_event(pusher, customer, ticket):
    channel = f"private-ticket.{ticket['id']}"
    assert pusher.subscribe(customer, channel)["event"] == SUCCEEDED

    said = customer.say(ticket, "Hello?")

    heard = pusher.hear("message.sent", channel)
    event = heard.pop("event")
    assert heard == said
    assert event["seq"] == 2 and event["ticket_id"] == ticket["id"]


def test_an_emission_reaches_each_channel_that_it_is_for_once(pusher, admin, ticket):
    number = ticket["id"]
    channels = [f"private-ticket.{number}", f"private-ticket.{number}.staff"]
    channels += ["private-admins", f"private-user.{admin.user['id']}"]
    for channel in channels:
        assert pusher.subscribe(admin, channel)["event"] == SUCCEEDED

    admin.patch(f"/tickets/{number}", {"subject": "Out"})
    admin.post(f"/tickets/{number}/comments", {"content": "Arson?", "internal": True})
    admin.post(f"/tickets/{number}/comments", {"content": "Unplug it."})

    heard = pusher.heard_before_pong()
    entries = [(name, channel) for name, channel, data in heard if "event" in data]
    assert entries == [
        ("ticket.updated", channels[0]),
        ("ticket.updated", "private-admins"),
        ("comment.added", channels[1]),
        ("comment.added", channels[0]),
    ]


def test_a_user_hears_their_tickets_and_unread_count(pusher, admin, customer, ticket):
    channel = f"private-user.{customer.user['id']}"
    pusher.subscribe(customer, channel)

    admin.say(ticket, "Unplug it.")
    admin.patch(f"/tickets/{ticket['id']}", {"subject": "Out"})

    assert pusher.hear("unread.changed", channel) == {"unread_count": 1}
    assert pusher.hear("ticket.updated", channel)["subject"] == "Out"


def test_a_deletion_is_heard_on_the_channels_of_those_concerned_only(
    server, admin, customer, ticket
):
    with RawPusher(server) as his, RawPusher(server) as theirs:
        his.connect().subscribe(admin, f"private-user.{admin.user['id']}")
        his.subscribe(admin, f"private-ticket.{ticket['id']}")
        theirs.connect().subscribe(customer, f"private-user.{customer.user['id']}")

        customer.request("DELETE", f"/tickets/{ticket['id']}")

        deleted = [each for each in his.heard_before_pong() if "event" in each[2]]
        assert [channel for _, channel, _ in deleted] == [
            f"private-ticket.{ticket['id']}"
        ]
        assert theirs.hear("ticket.deleted")["id"] == ticket["id"]


def test_nothing_is_heard_of_a_channel_that_was_left(pusher, customer, ticket):
    channel = f"private-ticket.{ticket['id']}"
    pusher.subscribe(customer, channel)
    pusher.say("pusher:unsubscribe", {"channel": channel})
    assert pusher.heard_before_pong() == []

    customer.say(ticket, "Hello?")

    assert pusher.heard_before_pong() == []


def test_a_ticket_is_followed_until_its_last_channel_is_left(pusher, admin, ticket):
    channel = f"private-ticket.{ticket['id']}"
    pusher.subscribe(admin, channel)
    pusher.subscribe(admin, f"{channel}.staff")

    pusher.say("pusher:unsubscribe", {"channel": f"{channel}.staff"})

    pusher.heard_before_pong()
    admin.say(ticket, "Unplug it.")
    assert pusher.hear("message.sent", channel)["message"] == "Unplug it."


@pytest.mark.parametrize(
    "channel",
    [
        *("private-ticket.{ticket}.staff", "private-admins", "private-user.{other}"),
        *("private-ticket.{foreign}", "private-ticket.999999999"),
        *("private-nothing", "private-ticket.0", "ticket.{ticket}", ""),
        *("presence-ticket.{ticket}", "private-encrypted-ticket.{ticket}"),
    ],
)
def test_a_channel_that_is_not_ones_own_is_refused_in_words(
    server, pusher, customer, admin, ticket, channel
):
    foreign = open_ticket(server, register(server, "Sam"))["id"]
    ids = {"ticket": ticket["id"], "foreign": foreign, "other": admin.user["id"]}
    name = channel.format(**ids)

    assert pusher.ask(customer, name).status_code == 403
    answer = pusher.subscribe_with(f"ticketing:signature:{customer.token}", name)

    refusal = json.loads(answer["data"])
    assert answer["event"] == REFUSED and answer["channel"] == name
    assert refusal["type"] == "AuthError" and refusal["status"] == 403
    assert refusal["error"]


def test_a_grant_for_another_connection_is_refused(server, pusher, customer, ticket):
    channel = f"private-ticket.{ticket['id']}"
    with RawPusher(server) as other:
        auth = other.connect().ask(customer, channel).json()["auth"]

        assert pusher.subscribe_with(auth, channel)["event"] == REFUSED
        assert other.subscribe_with(auth, channel)["event"] == SUCCEEDED


def test_a_grant_for_another_channel_is_refused(pusher, customer, ticket):
    auth = pusher.ask(customer, f"private-user.{customer.user['id']}").json()["auth"]

    answer = pusher.subscribe_with(auth, f"private-ticket.{ticket['id']}")

    assert answer["event"] == REFUSED


def test_a_second_user_on_one_connection_is_refused(pusher, customer, admin, ticket):
    pusher.subscribe(customer, f"private-ticket.{ticket['id']}")

    answer = pusher.subscribe(admin, "private-admins")

    assert answer["event"] == REFUSED
    assert "one user" in json.loads(answer["data"])["error"]


def test_a_token_that_was_revoked_after_the_grant_is_refused(pusher, ticket, customer):
    channel = f"private-ticket.{ticket['id']}"
    auth = pusher.ask(customer, channel).json()["auth"]
    customer.post("/logout")

    assert pusher.subscribe_with(auth, channel)["event"] == REFUSED


def test_a_channel_that_is_subscribed_already_is_refused(pusher, customer, ticket):
    channel = f"private-ticket.{ticket['id']}"
    pusher.subscribe(customer, channel)

    assert pusher.subscribe(customer, channel)["event"] == REFUSED


def test_thirty_channels_at_once_all_succeed(server, pusher, admin, ticket):
    tickets = [open_ticket(server, admin) for _ in range(30)]
    channels = [f"private-ticket.{each['id']}" for each in tickets]
    grants = [pusher.ask(admin, channel).json()["auth"] for channel in channels]

    for channel, auth in zip(channels, grants):
        pusher.say("pusher:subscribe", {"channel": channel, "auth": auth})

    answers = [pusher.next() for _ in channels]
    assert [each["event"] for each in answers] == [SUCCEEDED] * 30
    assert [each["channel"] for each in answers] == channels
