"""Every event from a client is acknowledged once, whatever it contains."""

import pytest

EVENTS = ["join", "leave", "typing", "message.send", "message.read"]


def join(client, ticket):
    return client.emit("join", {"ticket_id": ticket.id}, callback=True)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(
    "payload", [None, 7, "7", True, [], ["ticket_id"], b"\x00\xff", "x" * 10_000]
)
def test_an_event_whose_payload_is_not_an_object_is_invalid(
    live, customer, event, payload
):
    answer = live(customer).emit(event, payload, callback=True)

    assert list(answer) == ["error"]
    assert answer["error"]["code"] == "invalid"
    assert list(answer["error"]["errors"]) == ["_schema"]


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_without_a_payload_is_invalid(live, customer, event):
    answer = live(customer).emit(event, callback=True)

    assert answer["error"]["code"] == "invalid"


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_with_an_empty_payload_names_the_missing_field(live, customer, event):
    answer = live(customer).emit(event, {}, callback=True)

    assert "ticket_id" in answer["error"]["errors"]


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_with_a_binary_field_names_the_field(live, customer, event):
    answer = live(customer).emit(event, {"ticket_id": b"\x01"}, callback=True)

    assert "ticket_id" in answer["error"]["errors"]


VALID = {
    "join": {},
    "typing": {"typing": True},
    "message.send": {"message": "Hm."},
    "message.read": {"up_to": 1},
}


@pytest.mark.parametrize("event", ["delete", "ticket.updated", "message", "json", "☃"])
@pytest.mark.parametrize("payload", [(), ({"ticket_id": 1},), (1, 2, 3)])
def test_an_unknown_event_is_answered_with_not_found(
    live, listen, customer, admin, ticket, event, payload
):
    listener = listen(admin)

    answer = live(customer).emit(event, *payload, callback=True)

    assert list(answer) == ["error"]
    assert answer["error"]["code"] == "not_found"
    assert listener.get_received() == []


@pytest.mark.parametrize("event", ["connect", "disconnect", "*"])
@pytest.mark.parametrize("payload", [(), ({},), ("x", {"token": "forged"})])
def test_an_event_with_a_reserved_name_is_refused(live, customer, event, payload):
    client = live(customer)

    answer = client.emit(event, *payload, callback=True)

    assert list(answer) == ["error"]
    assert answer["error"]["code"] in ("bad_request", "not_found")
    assert client.is_connected()


@pytest.mark.parametrize("event", ["connect", "disconnect", "*"])
def test_an_event_with_a_reserved_name_keeps_the_connection_registered(
    anyone, live, token, customer, ticket, event
):
    given = token(customer)
    client = live(customer, with_token=given)

    client.emit(event, {"token": given})
    joined = join(client, ticket)
    anyone.post("/api/logout", headers={"Authorization": f"Bearer {given}"})

    assert joined["data"]["ticket_id"] == ticket.id
    assert not client.is_connected()


@pytest.mark.parametrize("event", ["connect", "*"])
def test_an_event_with_a_reserved_name_does_not_change_the_user(
    live, token, customer, stranger, event, ticket
):
    client = live(stranger)

    client.emit(event, "x", {"token": token(customer)})

    assert join(client, ticket)["error"]["code"] == "not_found"


def test_an_event_without_an_acknowledgement_is_handled(api, live, customer, ticket):
    live(customer).emit("message.send", {"ticket_id": ticket.id, "message": "Hm."})

    url = f"/api/tickets/{ticket.id}/messages"
    assert [m["message"] for m in api(customer).get(url).json["data"]] == ["Hm."]


@pytest.mark.parametrize(
    ("field", "value"),
    [("message", b"  "), ("message", b"Hello?"), ("client_id", b"abcdefgh \n")],
)
def test_bytes_in_a_text_field_are_invalid(live, customer, ticket, field, value):
    sent = {"ticket_id": ticket.id, "message": "Hello?", field: value}

    ack = live(customer).emit("message.send", sent, callback=True)

    assert list(ack["error"]["errors"]) == [field]
