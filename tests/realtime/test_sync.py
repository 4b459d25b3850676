"""The periodic check: a room whose notification was lost is sent what it missed."""

import pytest

from ticketing.history.models import Stream
from ticketing.realtime import periodic_check
from ticketing.realtime.dispatcher import Dispatcher, Growth
from ticketing.web.extensions import socketio

pytestmark = pytest.mark.usefixtures("no_periodic_check")


@pytest.fixture
def dispatcher(app):
    return app.extensions["ticketing.dispatcher"]


@pytest.fixture
def check(app):
    """Run the periodic check, which happens every second."""

    def check(times=1):
        with app.app_context():
            for _ in range(times):
                periodic_check.check()

    return check


@pytest.fixture
def lose(monkeypatch):
    """Lose notifications during a call, as between processes without Redis."""

    def lose(act):
        with monkeypatch.context() as lost:
            lost.setattr(socketio, "emit", lambda *args, **kwargs: None)
            lost.setattr(Dispatcher, "advance", lambda *args, **kwargs: None)
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


def test_entries_whose_notifications_were_lost_are_emitted_in_order_once(
    api, listen, customer, admin, ticket, say, lose, check, heard
):
    client = listen(customer)
    lose(lambda: [say(admin), say(customer)])

    check(times=3)
    say(admin)

    log = api(customer).get(f"/api/tickets/{ticket.id}/events").json["data"]
    assert len(log) == 3
    assert heard(client) == log


def test_a_room_whose_notification_was_lost_receives_sync(
    listen, customer, admin, ticket, say, lose, check
):
    client = listen(customer)
    lose(lambda: say(admin))

    check(times=2)

    assert syncs(client) == [[{"ticket_id": ticket.id, "last_seq": 1}]]


def test_a_room_receives_sync_once_for_a_lost_notification(
    listen, customer, admin, say, lose, check
):
    client = listen(customer)
    lose(lambda: say(admin))

    check(times=5)

    assert len(syncs(client)) == 1


def test_sync_is_not_sent_if_the_notification_was_only_late(
    app, listen, customer, admin, ticket, say, lose, check, dispatcher
):
    client = listen(customer)
    lose(lambda: say(admin))

    check()
    with app.app_context():
        where = ticket.id, Stream.PUBLIC, 1
        dispatcher.advance(Growth(*where, "comment.added", customer.id))
    check()

    assert syncs(client) == []


def test_a_room_that_missed_nothing_receives_no_sync(
    listen, customer, admin, say, check
):
    client = listen(customer)
    say(admin)

    check(times=2)

    assert syncs(client) == []


def test_sync_for_an_internal_comment_reaches_the_staff_room_only(
    listen, customer, admin, ticket, say, lose, check
):
    public, staff = listen(customer), listen(admin)
    lose(lambda: say(admin, content="Arson?", internal=True))

    check(times=2)

    place = {"ticket_id": ticket.id, "last_seq": 1, "internal": True}
    assert (syncs(public), syncs(staff)) == ([], [[place]])


def test_the_dispatcher_forgets_rooms_without_sockets(
    listen, customer, admin, ticket, say, lose, check, dispatcher
):
    client = listen(customer)
    client.emit("leave", {"ticket_id": ticket.id}, callback=True)
    lose(lambda: say(admin))

    check(times=2)

    assert dispatcher.followed() == set()
    assert syncs(client) == []


def test_the_periodic_check_closes_the_room_of_a_deleted_ticket(
    listen, customer, admin, ticket, api, lose, check
):
    client = listen(customer)
    lose(lambda: api(admin).delete(f"/api/tickets/{ticket.id}"))
    room, server = f"ticket.{ticket.id}", socketio.server
    server.enter_room(server.manager.sid_from_eio_sid(client.eio_sid, "/"), room)

    check()
    socketio.emit("message.sent", {}, to=room)

    assert client.get_received() == []
