"""Idempotent messages: ``client_id`` in the body, Idempotency-Key in the header."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

KEY = "attempt-1"


def messages(ticket):
    return f"/api/tickets/{ticket.id}/messages"


@pytest.fixture
def doors(api, live, customer):
    """Ways for the customer to send a text with a key; each returns the message."""
    client, socket = api(customer), live(customer)

    def by_body(ticket, text, key=KEY):
        body = {"message": text, "client_id": key}
        return client.post(messages(ticket), json=body).json

    def by_header(ticket, text, key=KEY):
        header = {"Idempotency-Key": key}
        body = {"message": text}
        return client.post(messages(ticket), json=body, headers=header).json

    def by_socket(ticket, text, key=KEY):
        data = {"ticket_id": ticket.id, "message": text, "client_id": key}
        answer = socket.emit("message.send", data, callback=True)
        return answer.get("data") or answer["error"]

    return {"body": by_body, "header": by_header, "socket": by_socket}


@pytest.fixture
def said(api, customer):
    """Return the messages on a ticket."""

    def said(ticket):
        return api(customer).get(messages(ticket)).json["data"]

    return said


DOORS = ["body", "header", "socket"]


@pytest.mark.parametrize("first", DOORS)
@pytest.mark.parametrize("second", DOORS)
def test_a_key_sends_one_message_over_body_header_and_socket(
    customer, ticket, doors, said, listen, heard, first, second
):
    client = listen(customer)

    answers = [
        doors[door](ticket, text) for door, text in ((first, "Hm."), (second, " Hm. "))
    ]

    assert answers[0] == answers[1]
    assert answers[0]["client_id"] == KEY
    assert said(ticket) == answers[:1]
    assert [entry["name"] for entry in heard(client)] == ["message.sent"]


def test_repeating_a_message_with_its_key_answers_200_and_its_location(
    api, customer, ticket
):
    body = {"message": "Hm.", "client_id": KEY}

    answers = [api(customer).post(messages(ticket), json=body) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]


def test_repeating_a_message_with_its_key_returns_its_current_sender_and_reading(
    api, customer, admin, ticket
):
    client, body = api(customer), {"message": "Hm.\r\n🔥", "client_id": KEY}
    first = client.post(messages(ticket), json=body).json
    api(admin).get(messages(ticket))
    client.patch("/api/me", json={"name": "Charlotte"})

    second = client.post(messages(ticket), json=body).json

    assert second["is_read"] and second["user"]["name"] == "Charlotte"
    as_before = {name: second[name] for name in ("is_read", "read_at", "user")}
    assert second == first | as_before


def test_client_id_and_idempotency_key_may_be_equal(api, customer, ticket):
    body, header = {"message": "Hm.", "client_id": KEY}, {"Idempotency-Key": KEY}

    response = api(customer).post(messages(ticket), json=body, headers=header)

    assert (response.status_code, response.json["client_id"]) == (201, KEY)


def test_client_id_and_idempotency_key_must_not_differ(api, customer, ticket, said):
    body, header = {"message": "Hm.", "client_id": KEY}, {
        "Idempotency-Key": "other-key"
    }

    response = api(customer).post(messages(ticket), json=body, headers=header)

    assert (response.status_code, list(response.json["errors"])) == (422, ["client_id"])
    assert said(ticket) == []


@pytest.mark.parametrize("key", ["2short", "x" * 65, "caf\xe9-1234"])
def test_sending_a_message_refuses_an_invalid_idempotency_key(
    api, customer, ticket, key
):
    header = {"Idempotency-Key": key}

    response = api(customer).post(
        messages(ticket), json={"message": "Hm."}, headers=header
    )

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["Idempotency-Key"]


def test_repeating_a_message_with_its_key_shows_that_it_was_read(
    api, admin, ticket, doors
):
    first = doors["body"](ticket, "Hm.")
    api(admin).get(messages(ticket))

    again = doors["body"](ticket, "Hm.")

    assert again["read_at"] is not None
    assert again == {**first, "is_read": True, "read_at": again["read_at"]}


@pytest.mark.parametrize("door", DOORS)
def test_repeating_a_message_with_its_key_succeeds_on_a_ticket_closed_since(
    api, admin, ticket, doors, door
):
    first = doors[door](ticket, "Hm.")
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "closed"})

    assert doors[door](ticket, "Hm.") == first


@pytest.mark.parametrize("over", ["http", "socket"])
def test_repeating_a_message_with_its_key_succeeds_after_replies_of_others(
    api, live, admin, customer, ticket, said, over
):
    client, socket = api(customer), live(customer)
    body = {"message": "Hm.", "client_id": KEY, "if_last_seq": 0}

    def send():
        if over == "http":
            return client.post(messages(ticket), json=body).json
        data = {"ticket_id": ticket.id, **body}
        return socket.emit("message.send", data, callback=True)["data"]

    first = send()
    reply = api(admin).post(messages(ticket), json={"message": "Yes?"}).json

    assert send() == first
    assert said(ticket) == [first, reply]


@pytest.mark.parametrize("door", DOORS)
def test_a_used_key_with_another_message_is_a_conflict(ticket, doors, said, door):
    first = doors["body"](ticket, "Hm.")

    answer = doors[door](ticket, "Hm?")

    assert answer["code"] == "idempotency_conflict"
    assert said(ticket) == [first]


def test_a_used_key_on_another_ticket_is_a_conflict(
    make_ticket, customer, ticket, doors, said
):
    other = make_ticket(customer)
    doors["body"](ticket, "Hm.")

    answer = doors["body"](other, "Hm.")

    assert answer["code"] == "idempotency_conflict"
    assert said(other) == []


def test_a_key_used_for_a_message_is_a_conflict_for_a_comment(
    api, customer, ticket, doors
):
    doors["body"](ticket, "Hm.")

    response = api(customer).post(
        f"/api/tickets/{ticket.id}/comments",
        json={"content": "Hm."},
        headers={"Idempotency-Key": KEY},
    )

    assert response.status_code == 409
    assert response.json["code"] == "idempotency_conflict"


def test_another_user_can_send_a_message_with_the_same_key(
    api, admin, ticket, doors, said
):
    doors["body"](ticket, "Hm.")

    response = api(admin).post(
        messages(ticket), json={"message": "Hm!", "client_id": KEY}
    )

    assert response.status_code == 201
    assert [message["message"] for message in said(ticket)] == ["Hm.", "Hm!"]


def test_a_refused_message_does_not_use_up_its_key(api, admin, ticket, doors):
    for status in ("closed", "open"):
        api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": status})
        answer = doors["body"](ticket, "Hm.")
        assert ("code" in answer) == (status == "closed")


def test_repeating_a_message_without_a_key_sends_two(api, customer, ticket, said):
    for _ in range(2):
        api(customer).post(messages(ticket), json={"message": "Hm."})

    assert len(said(ticket)) == 2


def test_sixteen_concurrent_requests_with_one_key_send_one_message(
    api, live, customer, ticket, said, listen, heard
):
    listener = listen(customer)
    body = {"message": "Hm.", "client_id": KEY, "if_last_seq": 0}
    barrier = Barrier(16)

    def by_http(client):
        barrier.wait(10)
        return client.post(messages(ticket), json=body).json

    def by_socket(client):
        barrier.wait(10)
        data = {"ticket_id": ticket.id, **body}
        return client.emit("message.send", data, callback=True)["data"]

    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(by_http, api(customer)) for _ in range(8)]
        calls += [pool.submit(by_socket, live(customer)) for _ in range(8)]
        answers = [call.result() for call in calls]

    assert answers == said(ticket) * 16
    assert [entry["seq"] for entry in heard(listener)] == [1]
