"""Whatever a client sends is answered, once, and does no harm."""

import pytest

EVENTS = ["join", "leave", "typing", "message.send", "message.read"]


def join(client, ticket):
    return client.emit("join", {"ticket_id": ticket.id}, callback=True)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(
    "payload", [None, 7, "7", True, [], ["ticket_id"], b"\x00\xff", "x" * 10_000]
)
def test_a_payload_that_is_no_object(live, customer, event, payload):
    answer = live(customer).emit(event, payload, callback=True)

    assert list(answer) == ["error"]
    assert answer["error"]["code"] == "invalid"
    assert list(answer["error"]["errors"]) == ["_schema"]


@pytest.mark.parametrize("event", EVENTS)
def test_no_payload_at_all(live, customer, event):
    answer = live(customer).emit(event, callback=True)

    assert answer["error"]["code"] == "invalid"


@pytest.mark.parametrize("event", EVENTS)
def test_an_empty_payload_names_what_is_missing(live, customer, event):
    answer = live(customer).emit(event, {}, callback=True)

    assert "ticket_id" in answer["error"]["errors"]


@pytest.mark.parametrize("event", EVENTS)
def test_a_binary_field(live, customer, event):
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
def test_an_event_that_is_none(live, listen, customer, admin, ticket, event, payload):
    listener = listen(admin)

    answer = live(customer).emit(event, *payload, callback=True)

    assert list(answer) == ["error"]
    assert answer["error"]["code"] == "not_found"
    assert listener.get_received() == []


@pytest.mark.parametrize("event", ["connect", "disconnect", "*"])
@pytest.mark.parametrize("payload", [(), ({},), ("x", {"token": "forged"})])
def test_a_reserved_name_is_refused(live, customer, event, payload):
    client = live(customer)

    answer = client.emit(event, *payload, callback=True)

    assert list(answer) == ["error"]
    assert answer["error"]["code"] in ("bad_request", "not_found")
    assert client.is_connected()


@pytest.mark.parametrize("event", ["connect", "disconnect", "*"])
def test_a_reserved_name_hides_nobody(anyone, live, token, customer, ticket, event):
    given = token(customer)
    client = live(customer, with_token=given)

    client.emit(event, {"token": given})
    joined = join(client, ticket)
    anyone.post("/api/logout", headers={"Authorization": f"Bearer {given}"})

    assert joined["data"]["ticket_id"] == ticket.id
    assert not client.is_connected()


@pytest.mark.parametrize("event", ["connect", "*"])
def test_nor_does_it_take_another_identity(
    live, token, customer, stranger, event, ticket
):
    client = live(stranger)

    client.emit(event, "x", {"token": token(customer)})

    assert join(client, ticket)["error"]["code"] == "not_found"


def test_without_an_acknowledgement_it_happens_as_well(api, live, customer, ticket):
    live(customer).emit("message.send", {"ticket_id": ticket.id, "message": "Hm."})

    url = f"/api/tickets/{ticket.id}/messages"
    assert [m["message"] for m in api(customer).get(url).json["data"]] == ["Hm."]


@pytest.mark.parametrize(
    ("field", "value"),
    [("message", b"  "), ("message", b"Hello?"), ("client_id", b"abcdefgh \n")],
)
def test_bytes_are_no_text(live, customer, ticket, field, value):
    sent = {"ticket_id": ticket.id, "message": "Hello?", field: value}

    ack = live(customer).emit("message.send", sent, callback=True)

    assert list(ack["error"]["errors"]) == [field]
