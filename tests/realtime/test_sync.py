"""``sync``: a room that missed an emission is told where its stream stands."""

import pytest

from ticketing.web.extensions import socketio
from ticketing.realtime import positions, queue, sweep
from ticketing.history.models import Stream


@pytest.fixture(autouse=True)
def nobody_else_looks(monkeypatch):
    monkeypatch.setattr(sweep, "start", lambda app: None)


@pytest.fixture
def look_around(app):
    """Look around, as the sweep does every second."""

    def look_around(times=1):
        with app.app_context():
            for _ in range(times):
                sweep.look_around()

    return look_around


@pytest.fixture
def lose(monkeypatch):
    """Lose what is emitted meanwhile, as between processes without Redis."""

    def lose(act):
        with monkeypatch.context() as lost:
            lost.setattr(socketio, "emit", lambda *args, **kwargs: None)
            lost.setattr(positions, "note", lambda *args: None)
            return act()

    return lose


@pytest.fixture
def say(api, ticket):
    def say(user, **fields):
        where = "comments" if "content" in fields else "messages"
        body = fields or {"message": "Hello?"}
        response = api(user).post(f"/api/tickets/{ticket.id}/{where}", json=body)
        assert response.status_code == 201

    return say


def syncs(client):
    return [p["args"] for p in client.get_received() if p["name"] == "sync"]


def test_a_room_that_missed_something_is_told(
    listen, customer, admin, ticket, say, lose, look_around
):
    client = listen(customer)
    lose(lambda: say(admin))

    look_around(times=2)

    assert syncs(client) == [[{"ticket_id": ticket.id, "last_seq": 1}]]


def test_once_is_enough(listen, customer, admin, say, lose, look_around):
    client = listen(customer)
    lose(lambda: say(admin))

    look_around(times=5)

    assert len(syncs(client)) == 1


def test_what_may_be_on_its_way_is_waited_for(
    listen, customer, admin, ticket, say, lose, look_around
):
    client = listen(customer)
    lose(lambda: say(admin))

    look_around()
    positions.note(ticket.id, Stream.PUBLIC, 1)
    look_around()

    assert syncs(client) == []


def test_a_room_that_heard_everything_is_not_told(
    listen, customer, admin, say, look_around
):
    client = listen(customer)
    say(admin)

    look_around(times=2)

    assert syncs(client) == []


def test_only_the_staff_room_is_told_of_a_note(
    listen, customer, admin, ticket, say, lose, look_around
):
    public, staff = listen(customer), listen(admin)
    lose(lambda: say(admin, content="Arson?", internal=True))

    look_around(times=2)

    place = {"ticket_id": ticket.id, "last_seq": 1, "internal": True}
    assert (syncs(public), syncs(staff)) == ([], [[place]])


def test_rooms_without_sockets_are_forgotten(
    listen, customer, admin, ticket, say, lose, look_around
):
    client = listen(customer)
    client.emit("leave", {"ticket_id": ticket.id}, callback=True)
    lose(lambda: say(admin))

    look_around(times=2)

    assert positions.followed() == set()
    assert syncs(client) == []


def test_what_another_process_emits_counts_as_told(
    listen, customer, admin, ticket, say, lose, look_around
):
    client = listen(customer)
    lose(lambda: say(admin))

    queue.note({"ticket_id": ticket.id, "name": "message.sent", "seq": 1})
    look_around(times=2)

    assert syncs(client) == []


def test_the_room_of_a_deleted_ticket_is_left(
    listen, customer, admin, ticket, api, lose, look_around
):
    client = listen(customer)
    lose(lambda: api(admin).delete(f"/api/tickets/{ticket.id}"))
    room, server = f"ticket.{ticket.id}", socketio.server
    server.enter_room(server.manager.sid_from_eio_sid(client.eio_sid, "/"), room)

    look_around()
    socketio.emit("message.sent", {}, to=room)

    assert client.get_received() == []
