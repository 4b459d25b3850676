"""Limits for the sockets of one user."""

import pytest
from engineio.packet import MESSAGE, Packet

from ticketing.pusher.socket import PusherSocket
from ticketing.realtime import limits
from ticketing.web.extensions import socketio


@pytest.fixture
def allow(app, monkeypatch):
    def allow(**limits):
        for name, value in limits.items():
            monkeypatch.setitem(app.config, name, value)

    return allow


def test_events_beyond_the_rate_limit_are_refused(live, customer, ticket, allow):
    allow(SOCKET_EVENT_LIMIT="3 per hour")
    client = live(customer)

    acks = [
        client.emit("leave", {"ticket_id": ticket.id}, callback=True) for _ in range(4)
    ]

    assert [*acks[:3]] == [{"data": {}}] * 3
    assert acks[3]["error"]["code"] == "too_many_requests"


@pytest.mark.parametrize("event", ["nope", "*", "connect", "disconnect"])
def test_events_that_are_none_count_too(live, customer, allow, event):
    allow(SOCKET_EVENT_LIMIT="3 per hour")
    client = live(customer)

    acks = [client.emit(event, {}, callback=True) for _ in range(4)]

    codes = [ack["error"]["code"] for ack in acks]
    assert len({*codes[:3]}) == 1 and codes[0] != codes[3] == "too_many_requests"


def test_all_sockets_of_a_user_share_the_rate_limit(live, customer, ticket, allow):
    allow(SOCKET_EVENT_LIMIT="2 per hour")
    clients = [live(customer) for _ in range(3)]

    acks = [c.emit("leave", {"ticket_id": ticket.id}, callback=True) for c in clients]

    assert [set(ack) for ack in acks] == [{"data"}, {"data"}, {"error"}]


def test_the_rate_limit_of_a_user_does_not_limit_others(
    live, customer, admin, ticket, allow
):
    allow(SOCKET_EVENT_LIMIT="1 per hour")
    busy, other = live(customer), live(admin)
    for _ in range(3):
        busy.emit("leave", {"ticket_id": ticket.id}, callback=True)

    ack = other.emit("join", {"ticket_id": ticket.id}, callback=True)

    assert set(ack) == {"data"}


def test_a_message_beyond_the_rate_limit_is_not_stored(
    api, live, customer, ticket, allow
):
    allow(SOCKET_EVENT_LIMIT="1 per hour")
    client = live(customer)
    for text in ("one", "two"):
        sent = {"ticket_id": ticket.id, "message": text}
        client.emit("message.send", sent, callback=True)

    stored = api(customer).get(f"/api/tickets/{ticket.id}/messages").json["data"]

    assert [message["message"] for message in stored] == ["one"]


def test_sockets_beyond_the_limit_of_a_user_are_refused(
    app, token, live, customer, stranger, allow
):
    allow(SOCKETS_PER_USER=2)
    kept = [live(customer) for _ in range(2)]

    third = socketio.test_client(app, auth={"token": token(customer)})

    assert not third.is_connected()
    assert all(client.is_connected() for client in kept)
    assert live(stranger).is_connected()


def test_a_disconnected_socket_makes_room_for_another(live, customer, allow):
    allow(SOCKETS_PER_USER=1)
    live(customer).disconnect()

    assert live(customer).is_connected()


def test_nothing_is_kept_of_a_pusher_connection_that_was_closed(app):
    server = socketio.server.eio
    given = {"key": "ticketing", "handshake": {}}
    client = PusherSocket(server, "pusher-sid", app=app, **given)
    client.receive(Packet(MESSAGE, {"event": "pusher:ping"}))
    assert kept_of("pusher-sid")

    client.close()

    assert not kept_of("pusher-sid")


@pytest.mark.parametrize(
    "message",
    [
        {"event": "client-typing", "channel": "private-ticket.1", "data": {}},
        {"event": "pusher:subscribe", "data": {"channel": "private-ticket.1"}},
        {"event": "pusher:unsubscribe", "data": {"channel": "private-ticket.1"}},
        {"event": "pusher:ping", "data": {}},
    ],
    ids=lambda message: message["event"],
)
def test_messages_of_nobody_in_particular_are_limited(app, allow, message):
    allow(SOCKET_EVENT_LIMIT="3 per hour")
    given = {"key": "ticketing", "handshake": {}}
    client = PusherSocket(socketio.server.eio, "pusher-sid", app=app, **given)

    closed = []
    for _ in range(4):
        client.receive(Packet(MESSAGE, message))
        closed.append(client.closed)

    assert closed == [False, False, False, True]


def kept_of(key):
    """Return what the storage has of a key."""
    return [known for known in limits._events.storage.events if key in known]
