"""Replies on a resolved or closed ticket"""

import pytest

from ticketing.tickets.models import Status

WRITING = [("messages", "message"), ("comments", "content")]


@pytest.fixture
def settled(save, ticket):
    """Give the ticket a status."""

    def settled(status):
        ticket.status = status
        return f"/api/tickets/{save(ticket).id}"

    return settled


@pytest.mark.parametrize(("call", "field"), WRITING)
def test_a_reply_by_its_customer_reopens_a_resolved_ticket(
    api, live, listen, heard, customer, admin, colleague, settled, call, field
):
    url = settled(Status.RESOLVED)
    room, lobby, before = listen(admin), live(colleague), api(customer).get(url)

    response = api(customer).post(f"{url}/{call}", json={field: "Still burning."})

    after = api(customer).get(url)
    assert response.status_code == 201
    assert after.json["status"] == "open"
    assert after.headers["ETag"] != before.headers["ETag"]
    updated, said = heard(room)
    assert (updated["name"], updated["seq"]) == ("ticket.updated", 1)
    assert updated["payload"]["changes"] == {"status": ["resolved", "open"]}
    assert updated["payload"]["updated_at"] == after.json["updated_at"]
    assert updated["actor_id"] == customer.id
    assert (said["name"].partition(".")[0] + "s", said["seq"]) == (call, 2)
    assert said["payload"] == response.json
    assert [event["name"] for event in heard(lobby)] == ["ticket.updated"]
    assert api(customer).get(f"{url}/events").json["data"] == [updated, said]


def test_a_message_from_a_socket_reopens_a_resolved_ticket(
    api, live, customer, ticket, settled
):
    url = settled(Status.RESOLVED)

    live(customer).emit(
        "message.send", {"ticket_id": ticket.id, "message": "Still?"}, callback=True
    )

    assert api(customer).get(url).json["status"] == "open"


@pytest.mark.parametrize(
    ("who", "call", "body"),
    [
        ("admin", "messages", {"message": "Is it out?"}),
        ("admin", "comments", {"content": "Is it out?"}),
        ("admin", "comments", {"content": "Arson?", "internal": True}),
        ("customer", "messages/read", {"up_to": 1}),
    ],
)
def test_notes_readings_and_replies_of_support_do_not_reopen_a_ticket(
    api, request, settled, admin, who, call, body
):
    actor, url = request.getfixturevalue(who), settled(Status.RESOLVED)

    response = api(actor).post(f"{url}/{call}", json=body)

    assert response.status_code in (200, 201)
    assert api(admin).get(url).json["status"] == "resolved"


@pytest.mark.parametrize("internal", [False, True])
def test_a_public_reply_by_an_admin_reopens_the_admins_own_ticket(
    api, make_ticket, admin, internal
):
    own = make_ticket(admin, status=Status.RESOLVED)
    url = f"/api/tickets/{own.id}"

    api(admin).post(f"{url}/comments", json={"content": "Hm.", "internal": internal})

    status = "resolved" if internal else "open"
    assert api(admin).get(url).json["status"] == status


@pytest.mark.parametrize("status", [Status.OPEN, Status.IN_PROGRESS])
@pytest.mark.parametrize(("call", "field"), WRITING)
def test_a_reply_keeps_the_status_of_a_ticket_that_is_not_resolved(
    api, listen, heard, customer, settled, status, call, field
):
    url = settled(status)
    socket = listen(customer)

    api(customer).post(f"{url}/{call}", json={field: "Hello?"})

    assert api(customer).get(url).json["status"] == status
    assert len(heard(socket)) == 1


def test_repeating_a_reply_with_its_key_does_not_reopen_a_ticket(
    api, customer, admin, settled
):
    url, key = settled(Status.OPEN), {"Idempotency-Key": "attempt-1"}
    said = {"message": "Still burning."}
    api(customer).post(f"{url}/messages", json=said, headers=key)
    api(admin).patch(url, json={"status": "resolved"})

    again = api(customer).post(f"{url}/messages", json=said, headers=key)

    assert again.status_code == 200
    assert api(customer).get(url).json["status"] == "resolved"


@pytest.mark.parametrize(("call", "field"), WRITING)
def test_the_customer_cannot_write_on_a_closed_ticket(
    api, listen, heard, customer, admin, settled, call, field
):
    url = settled(Status.CLOSED)
    socket, before = listen(admin), api(customer).get(url).json

    response = api(customer).post(f"{url}/{call}", json={field: "Hello?"})

    assert (response.status_code, response.json["code"]) == (409, "ticket_closed")
    assert api(customer).get(f"{url}/{call}").json["data"] == []
    assert api(customer).get(url).json == before
    assert heard(socket) == []


def test_the_customer_can_read_and_delete_a_closed_ticket(
    api, customer, make_message, settled, admin
):
    make_message(admin)
    url = settled(Status.CLOSED)

    read = api(customer).get(f"{url}/messages").json["data"]
    unread = api(customer).get(url).json["unread_count"]
    deleted = api(customer).delete(url)

    assert (len(read), unread, deleted.status_code) == (1, 0, 204)
