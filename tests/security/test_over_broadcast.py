"""Threat: hearing what is meant for others."""

import pytest

from ticketing.web.extensions import socketio


@pytest.fixture
def everything(api, customer, admin, colleague, live):
    """Let all happen that can happen to a ticket."""

    def everything(ticket):
        client, url = api(customer), f"/api/tickets/{ticket.id}"
        note = {"content": "Arson?", "internal": True}
        number = api(admin).post(f"{url}/comments", json=note).json["id"]
        api(admin).patch(f"/api/comments/{number}", json={"content": "Arson!"})
        api(admin).delete(f"/api/comments/{number}")
        client.post(f"{url}/messages", json={"message": "Hm."})
        api(admin).get(f"{url}/messages")
        client.post(f"{url}/comments", json={"content": "Hm."})
        client.patch(url, json={"subject": "It burns"})
        api(admin).patch(url, json={"assigned_to": colleague.id, "status": "closed"})
        live(admin).emit("typing", {"ticket_id": ticket.id, "typing": True})
        client.delete(url)

    return everything


def test_stranger_hears_nothing_of_a_ticket_whatever_rooms_they_ask_for(
    live, stranger, ticket, everything
):
    socket = live(stranger)
    for room in (ticket.id, f"ticket.{ticket.id}", f"ticket.{ticket.id}.staff"):
        for event in ("join", "subscribe", "enter_room"):
            socket.emit(event, {"ticket_id": room, "room": room, "channel": room})
    socket.get_received()

    everything(ticket)

    assert socket.get_received() == []


def test_refused_socket_hears_nothing(app, ticket, everything):
    socket = socketio.test_client(app, auth={"token": "forged"})

    everything(ticket)

    assert socket.queue == []


def test_customer_hears_no_internal_comment_on_their_ticket(
    listen, customer, ticket, everything
):
    socket = listen(customer)

    everything(ticket)

    heard = socket.get_received()
    assert {packet["name"] for packet in heard} >= {"message.sent", "ticket.deleted"}
    assert "Arson" not in str(heard)
    assert not any("internal': True" in str(packet) for packet in heard)


def test_socket_hears_nothing_of_a_ticket_it_has_left(
    live, listen, admin, ticket, make_ticket, api
):
    socket = listen(admin)
    socket.emit("leave", {"ticket_id": ticket.id})

    url = f"/api/tickets/{ticket.id}/comments"
    api(admin).post(url, json={"content": "Arson?", "internal": True})

    assert socket.get_received() == []
