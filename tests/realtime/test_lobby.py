"""The lobby: what one hears of tickets without joining any."""

import pytest


def names(client):
    """Return the names of what a client has heard, but for totals."""
    packets = client.get_received()
    return [p["name"] for p in packets if p["name"] != "unread.changed"]


@pytest.fixture
def outside(live, customer, admin, colleague, stranger):
    """A socket each, which has joined nothing."""
    return [live(user) for user in (customer, admin, colleague, stranger)]


def heard_by(outside):
    """Return what the customer, the admins and the stranger have heard."""
    return [names(client) for client in outside]


@pytest.fixture
def opening(category):
    return {
        "category_id": category.id,
        "subject": "Printer on fire",
        "description": "It burns.",
        "priority": "high",
    }


def test_hears_of_a_new_ticket(api, customer, opening, outside):
    created = api(customer).post("/api/tickets", json=opening).json

    for client in outside[:3]:
        [packet] = client.get_received()
        payload, event = packet["args"]
        late = {"unread_count", "last_seq", "last_activity_at"}
        assert packet["name"] == event["name"] == "ticket.created"
        assert payload == {k: v for k, v in created.items() if k not in late}
        assert (event["seq"], event["ticket_id"]) == (1, created["id"])
    assert outside[3].get_received() == []


def test_hears_of_a_change(api, admin, ticket, outside):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "resolved"})

    assert heard_by(outside) == [["ticket.updated"]] * 3 + [[]]


def test_hears_of_a_reply_only_that_it_reopened(api, admin, customer, ticket, outside):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "resolved"})
    heard_by(outside)

    api(customer).post(f"/api/tickets/{ticket.id}/messages", json={"message": "No!"})

    assert heard_by(outside) == [["ticket.updated"]] * 3 + [[]]


def test_hears_of_a_deletion_which_has_no_number(api, customer, ticket, outside):
    api(customer).delete(f"/api/tickets/{ticket.id}")

    for client in outside[:3]:
        [packet] = client.get_received()
        payload, event = packet["args"]
        assert packet["name"] == "ticket.deleted"
        assert payload == {"id": ticket.id}
        assert event == {
            "ticket_id": ticket.id,
            "name": "ticket.deleted",
            "actor_id": customer.id,
            "created_at": event["created_at"],
        }
    assert outside[3].get_received() == []


def test_hears_nothing_else(api, customer, admin, ticket, outside):
    url = f"/api/tickets/{ticket.id}"
    api(customer).post(f"{url}/comments", json={"content": "Hm."})
    api(admin).post(f"{url}/comments", json={"content": "Arson?", "internal": True})
    api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
    api(customer).get(f"{url}/messages")

    assert heard_by(outside) == [[], [], [], []]


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_in_both_lobby_and_room_one_hears_once(
    api, admin, ticket, listen, request, who
):
    client = listen(request.getfixturevalue(who))
    url = f"/api/tickets/{ticket.id}"

    api(admin).patch(url, json={"status": "resolved"})
    api(admin).delete(url)

    assert names(client) == ["ticket.updated", "ticket.deleted"]


def test_an_admin_hears_once_of_a_ticket_of_their_own(api, live, admin, opening):
    client = live(admin)

    url = api(admin).post("/api/tickets", json=opening).headers["Location"]
    client.emit("join", {"ticket_id": int(url.rpartition("/")[2])}, callback=True)
    api(admin).patch(url, json={"priority": "low"})
    api(admin).delete(url)

    assert names(client) == ["ticket.created", "ticket.updated", "ticket.deleted"]


def test_every_socket_of_a_user_hears(api, live, customer, admin, ticket):
    clients = [live(customer), live(customer)]

    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "resolved"})

    assert [names(client) for client in clients] == [["ticket.updated"]] * 2


def test_what_changed_nothing_is_not_told(api, admin, ticket, outside):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "open"})

    assert heard_by(outside) == [[], [], [], []]


def test_leaving_a_room_is_not_leaving_the_lobby(api, listen, admin, ticket):
    client = listen(admin)
    client.emit("leave", {"ticket_id": ticket.id}, callback=True)

    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "resolved"})

    assert names(client) == ["ticket.updated"]


def test_the_room_of_a_deleted_ticket_is_empty(api, listen, customer, admin, ticket):
    clients = [listen(customer), listen(admin)]
    room = f"ticket.{ticket.id}"
    api(customer).delete(f"/api/tickets/{ticket.id}")
    for client in clients:
        client.get_received()

    for name in (room, f"{room}.staff"):
        clients[0].socketio.emit("anything", to=name)

    assert [client.get_received() for client in clients] == [[], []]
    answer = clients[0].emit("join", {"ticket_id": ticket.id}, callback=True)
    assert answer["error"]["code"] == "not_found"
