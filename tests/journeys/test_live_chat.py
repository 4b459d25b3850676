"""The chat, as a page with the official Socket.IO client has it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ticketing.core.errors import UnauthenticatedError

WAYS = [
    ("deployed", "websocket"),
    ("deployed", "polling"),
    ("deployed_on_threads", "websocket"),
]


@dataclass
class Stage:
    """A customer and an admin, the customer's ticket, and clients to connect."""

    served: Any
    customer: Any
    admin: Any
    ticket: dict
    register: Callable
    live: Callable


@pytest.fixture(params=WAYS, ids="-".join)
def stage(request, register, open_ticket, connect) -> Stage:
    server, transport = request.param
    served = request.getfixturevalue(server)
    customer = register(served, "Carla")
    return Stage(
        served=served,
        customer=customer,
        admin=register(served, "Ada", "admin"),
        ticket=open_ticket(served, customer),
        register=lambda *args: register(served, *args),
        live=lambda who, **options: connect(who, transport, **options),
    )


def test_a_message_posted_is_heard_as_it_was_answered(stage):
    client = stage.live(stage.customer)
    client.join(stage.ticket)

    answer = stage.admin.say(stage.ticket, "Is it still burning?")

    message, event = client.hear("message.sent")
    assert message == answer
    assert event == {
        "seq": 2,
        "ticket_id": stage.ticket["id"],
        "name": "message.sent",
        "actor_id": stage.admin.user["id"],
        "created_at": event["created_at"],
    }


def test_a_message_sent_is_acknowledged_stored_and_heard_by_all(stage):
    customer, admin = stage.live(stage.customer), stage.live(stage.admin)
    customer.join(stage.ticket)
    admin.join(stage.ticket)
    said = {"ticket_id": stage.ticket["id"], "message": "Grüß Gott 🔥"}

    acknowledged = customer.emit("message.send", said)["data"]

    assert acknowledged["message"] == "Grüß Gott 🔥"
    assert customer.hear("message.sent")[0] == acknowledged
    assert admin.hear("message.sent")[0] == acknowledged
    path = f"/tickets/{stage.ticket['id']}/messages?mark_read=false"
    assert stage.customer.get(path)["data"] == [acknowledged]


def test_client_that_reconnects_receives_exactly_what_it_missed(stage):
    before = stage.live(stage.customer)
    before.join(stage.ticket)
    stage.admin.say(stage.ticket, "Heard")
    last = before.hear("message.sent")[1]["seq"]
    before.close()
    missed = [stage.admin.say(stage.ticket, f"Missed {n}") for n in range(5)]

    again = stage.live(stage.customer)
    joined = again.join(stage.ticket, after=last)

    assert [event["payload"] for event in joined["events"]] == missed
    assert [event["seq"] for event in joined["events"]] == list(range(3, 8))
    assert joined["last_seq"] == 7
    assert joined["has_more"] is False
    stage.admin.say(stage.ticket, "Heard again")
    assert again.hear("message.sent")[1]["seq"] == 8


def test_a_stranger_neither_joins_nor_hears(stage):
    client = stage.live(stage.register("Sam"))

    refused = client.emit("join", {"ticket_id": stage.ticket["id"]})
    stage.admin.say(stage.ticket, "Between us")

    assert refused["error"]["code"] == "not_found"
    assert client.heard() == []


def test_a_customer_hears_nothing_of_internal_notes(stage):
    customer, admin = stage.live(stage.customer), stage.live(stage.admin)
    customer.join(stage.ticket)
    admin.join(stage.ticket)
    path = f"/tickets/{stage.ticket['id']}/comments"

    note = stage.admin.post(path, {"content": "Arson?", "internal": True})
    reply = stage.admin.post(path, {"content": "Unplug it."})

    assert customer.hear("comment.added")[0] == reply
    assert customer.heard() == []
    assert admin.hear("comment.added")[0] == note


def test_a_bad_token_is_refused_with_a_code(stage):
    stage.customer.token = "not.a.token"

    client = stage.live(stage.customer, admitted=False)

    message, data = client.wait_for("connect_error")
    assert message == UnauthenticatedError.message
    assert data == {"message": message, "code": "unauthenticated"}


def test_whoever_is_no_longer_an_admin_hears_no_more_notes(stage):
    client = stage.live(stage.admin)
    client.join(stage.ticket)
    path = f"/tickets/{stage.ticket['id']}/comments"
    stage.served.root.post(path, {"content": "Before", "internal": True})
    assert client.hear("comment.added")[0]["content"] == "Before"

    user = f"/users/{stage.admin.user['id']}"
    stage.served.root.patch(user, {"role": "customer"})
    stage.served.root.post(path, {"content": "After", "internal": True})

    client.wait_for("disconnect")
    again = stage.live(stage.admin)
    assert again.emit("join", {"ticket_id": stage.ticket["id"]})["error"]
    stage.served.root.post(path, {"content": "Later", "internal": True})
    assert again.heard() == []
    assert "comment.added" not in client.heard_until_closed()


def test_logging_out_cuts_the_socket_off(stage):
    client = stage.live(stage.customer)
    client.join(stage.ticket)

    stage.customer.post("/logout")

    assert client.wait_for("disconnect") == ["io server disconnect"]
