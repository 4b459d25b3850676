"""POST /api/tickets/<id>/messages and ``message.send``"""

import pytest

from ticketing.tickets.models import Status


def messages(ticket):
    return f"/api/tickets/{ticket.id}/messages"


def send(client, ticket, **data):
    data = {"ticket_id": ticket.id, "message": "Hello?", **data}
    return client.emit("message.send", data, callback=True)


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_customer_and_admins_can_send_messages(api, ticket, request, who):
    actor = request.getfixturevalue(who)

    response = api(actor).post(messages(ticket), json={"message": "  It smells. "})

    sent = response.json
    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/messages/{sent['id']}"
    assert sent == {
        "id": sent["id"],
        "ticket_id": ticket.id,
        "user_id": actor.id,
        "user": {"id": actor.id, "name": actor.name, "role": actor.role},
        "message": "It smells.",
        "client_id": None,
        "is_read": False,
        "read_at": None,
        "files": [],
        "created_at": sent["created_at"],
        "updated_at": sent["created_at"],
    }
    assert api(actor).get(messages(ticket)).json["data"] == [sent]


def test_a_socket_can_send_a_message_without_joining(api, live, customer, ticket):
    answer = send(live(customer), ticket, message=" Hm. ", client_id="attempt-1")

    assert answer["data"]["message"] == "Hm."
    assert answer["data"]["client_id"] == "attempt-1"
    assert api(customer).get(messages(ticket)).json["data"] == [answer["data"]]


def test_a_message_of_5000_characters_is_stored_unchanged(api, customer, ticket):
    text = "🔥" * 5_000

    response = api(customer).post(messages(ticket), json={"message": text})

    stored = api(customer).get(f"/api/messages/{response.json['id']}")
    assert stored.json["message"] == text


@pytest.mark.parametrize("over", ["http", "socket"])
def test_the_room_receives_the_message_that_the_sender_got_back(
    api, admin, customer, ticket, listen, over
):
    clients = [listen(customer), listen(admin)]

    if over == "http":
        sent = api(admin).post(messages(ticket), json={"message": "Hm."}).json
    else:
        sent = send(clients[1], ticket)["data"]

    for client in clients:
        [packet] = [p for p in client.get_received() if p["name"] == "message.sent"]
        payload, event = packet["args"]
        assert payload == sent
        assert event.pop("created_at") >= sent["created_at"]
        assert event == {
            "seq": 1,
            "ticket_id": ticket.id,
            "name": "message.sent",
            "actor_id": admin.id,
        }


BAD = [
    ({"message": None}, "message"),
    ({"message": "   "}, "message"),
    ({"message": "x" * 5_001}, "message"),
    ({"message": 7}, "message"),
    ({"message": "\ud800"}, "message"),
    ({"client_id": "2short"}, "client_id"),
    ({"client_id": "x" * 65}, "client_id"),
    ({"client_id": "déjà-vu-1"}, "client_id"),
    ({"client_id": 12345678}, "client_id"),
    ({"if_last_seq": -1}, "if_last_seq"),
    ({"if_last_seq": "0"}, "if_last_seq"),
    ({"is_read": True}, "is_read"),
]


@pytest.mark.parametrize(("bad", "field"), BAD)
def test_sending_a_message_names_the_invalid_field(
    api, live, customer, ticket, bad, field
):
    response = api(customer).post(messages(ticket), json={"message": "ok", **bad})
    answer = send(live(customer), ticket, **bad)

    assert (response.status_code, list(response.json["errors"])) == (422, [field])
    assert answer == {"error": response.json}


def test_sending_a_message_requires_its_text(api, live, customer, ticket):
    response = api(customer).post(messages(ticket), json={})
    answer = live(customer).emit(
        "message.send", {"ticket_id": ticket.id}, callback=True
    )

    assert (response.status_code, list(response.json["errors"])) == (422, ["message"])
    assert answer == {"error": response.json}


def test_a_message_of_the_customer_reopens_a_resolved_ticket_before_it_is_recorded(
    api, make_ticket, customer, admin
):
    ticket = make_ticket(customer, status=Status.RESOLVED)

    for author in (admin, customer):
        api(author).post(messages(ticket), json={"message": "Hm."})

    events = api(customer).get(f"/api/tickets/{ticket.id}/events").json["data"]
    assert [(e["name"], e["actor_id"]) for e in events] == [
        ("message.sent", admin.id),
        ("ticket.updated", customer.id),
        ("message.sent", customer.id),
    ]
    assert events[1]["payload"]["changes"] == {"status": ["resolved", "open"]}
