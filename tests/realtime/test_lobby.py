"""The lobby: events that sockets receive without joining a ticket."""

from threading import Thread

import pytest

from ticketing.history import service
from ticketing.realtime import dispatcher

SUBJECT = {"subject": "Printer still on fire"}


def names(client):
    """Return the names of the events a client has received, without totals."""
    packets = client.get_received()
    return [p["name"] for p in packets if p["name"] != "unread.changed"]


@pytest.fixture
def outside(live, customer, admin, colleague, stranger):
    """A socket each, which has joined nothing."""
    return [live(user) for user in (customer, admin, colleague, stranger)]


def heard_by(outside):
    """Return the events that customer, admins and stranger have received."""
    return [names(client) for client in outside]


@pytest.fixture
def opening(category):
    return {
        "category_id": category.id,
        "subject": "Printer on fire",
        "description": "It burns.",
        "priority": "high",
    }


@pytest.mark.parametrize("moment", ["streams_for", "last_seqs", "catch_up"])
def test_a_change_that_is_made_while_somebody_joins_is_received_once(
    api, live, admin, colleague, customer, ticket, monkeypatch, moment
):
    lobby, joiner, client = live(admin), live(colleague), api(customer)
    where = dispatcher if moment == "last_seqs" else service
    original = getattr(where, moment)

    def change_after(*arguments, **more):
        found = original(*arguments, **more)
        monkeypatch.setattr(where, moment, original)
        changing.start()  # it may have to wait until the socket has joined
        changing.join(0.5)
        return found

    path = f"/api/tickets/{ticket.id}"
    changing = Thread(target=client.patch, args=[path], kwargs={"json": SUBJECT})
    monkeypatch.setattr(where, moment, change_after)
    joiner.emit("join", {"ticket_id": ticket.id}, callback=True)
    changing.join()
    api(admin).patch(path, json={"subject": "Once more"})

    for socket in (lobby, joiner):
        packets = socket.get_received()
        seqs = [p["args"][1]["seq"] for p in packets if p["name"] == "ticket.updated"]
        assert seqs == [1, 2]


def test_the_lobby_and_the_customer_receive_a_new_ticket(
    api, customer, opening, outside
):
    created = api(customer).post("/api/tickets", json=opening).json

    for client in outside[:3]:
        [packet] = client.get_received()
        payload, event = packet["args"]
        late = {"unread_count", "last_seq", "last_activity_at", "waiting_since"}
        assert packet["name"] == event["name"] == "ticket.created"
        assert payload == {k: v for k, v in created.items() if k not in late}
        assert (event["seq"], event["ticket_id"]) == (1, created["id"])
    assert outside[3].get_received() == []


def test_the_lobby_and_the_customer_receive_a_change_of_a_ticket(
    api, admin, ticket, outside
):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "resolved"})

    assert heard_by(outside) == [["ticket.updated"]] * 3 + [[]]


def test_the_lobby_receives_only_the_reopening_of_a_reply(
    api, admin, customer, ticket, outside
):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "resolved"})
    heard_by(outside)

    api(customer).post(f"/api/tickets/{ticket.id}/messages", json={"message": "No!"})

    assert heard_by(outside) == [["ticket.updated"]] * 3 + [[]]


def test_the_lobby_receives_the_deletion_of_a_ticket_without_a_seq(
    api, customer, ticket, outside
):
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


def test_the_lobby_receives_no_comments_and_messages(
    api, customer, admin, ticket, outside
):
    url = f"/api/tickets/{ticket.id}"
    api(customer).post(f"{url}/comments", json={"content": "Hm."})
    api(admin).post(f"{url}/comments", json={"content": "Arson?", "internal": True})
    api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
    api(customer).get(f"{url}/messages")

    assert heard_by(outside) == [[], [], [], []]


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_a_socket_in_lobby_and_room_receives_an_event_once(
    api, admin, ticket, listen, request, who
):
    client = listen(request.getfixturevalue(who))
    url = f"/api/tickets/{ticket.id}"

    api(admin).patch(url, json={"status": "resolved"})
    api(admin).delete(url)

    assert names(client) == ["ticket.updated", "ticket.deleted"]


def test_an_admin_receives_an_event_of_their_own_ticket_once(api, live, admin, opening):
    client = live(admin)

    url = api(admin).post("/api/tickets", json=opening).headers["Location"]
    client.emit("join", {"ticket_id": int(url.rpartition("/")[2])}, callback=True)
    api(admin).patch(url, json={"priority": "low"})
    api(admin).delete(url)

    assert names(client) == ["ticket.created", "ticket.updated", "ticket.deleted"]


def test_every_socket_of_a_user_receives_lobby_events(
    api, live, customer, admin, ticket
):
    clients = [live(customer), live(customer)]

    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "resolved"})

    assert [names(client) for client in clients] == [["ticket.updated"]] * 2


def test_the_lobby_receives_nothing_of_an_edit_without_a_change(
    api, admin, ticket, outside
):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "open"})

    assert heard_by(outside) == [[], [], [], []]


def test_a_socket_that_left_a_room_stays_in_the_lobby(api, listen, admin, ticket):
    client = listen(admin)
    client.emit("leave", {"ticket_id": ticket.id}, callback=True)

    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "resolved"})

    assert names(client) == ["ticket.updated"]


def test_the_room_of_a_deleted_ticket_is_closed(api, listen, customer, admin, ticket):
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
