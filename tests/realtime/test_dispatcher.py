"""The dispatcher emits the log to rooms in order, whatever order notifications have."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import pytest
from flask_socketio import SocketIOTestClient

from ticketing.history.models import Entry, Stream
from ticketing.realtime import broadcast
from ticketing.realtime.dispatcher import MAX_ENTRIES_BEHIND, Dispatcher, Growth


@pytest.fixture
def dispatcher(app):
    return app.extensions["ticketing.dispatcher"]


@pytest.fixture
def hold(monkeypatch):
    """Collect the notifications of commits without handling them."""
    held = []

    def advance(self, growth, entry=None):
        held.append((growth, entry))

    with monkeypatch.context() as held_up:
        held_up.setattr(Dispatcher, "advance", advance)
        yield held, held_up.undo


@pytest.fixture
def say(api, ticket):
    def say(user, times=1, **fields):
        body = {"content": "Hm.", **fields}
        for _ in range(times):
            api(user).post(f"/api/tickets/{ticket.id}/comments", json=body)

    return say


def commented(ticket, seq=1):
    return Growth(ticket.id, Stream.PUBLIC, seq, "comment.added", ticket.user_id)


def seqs(entries):
    return [entry["seq"] for entry in entries]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("has_entry", [True, False])
def test_notifications_in_any_order_emit_the_entries_in_order_once(
    app, dispatcher, listen, heard, customer, say, hold, order, has_entry
):
    room, (held, let_go) = listen(customer), hold
    say(customer, times=3)
    let_go()

    with app.app_context():
        for number in order:
            growth, entry = held[number]
            dispatcher.advance(growth, entry if has_entry else None)

    assert seqs(heard(room)) == [1, 2, 3]


def test_concurrent_commits_emit_the_entries_in_order_once(
    app, dispatcher, listen, heard, customer, say, hold
):
    room, (held, let_go) = listen(customer), hold
    say(customer, times=16)
    let_go()

    def come_back(notification):
        with app.app_context():
            dispatcher.advance(*notification)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(come_back, reversed(held)))

    assert seqs(heard(room)) == list(range(1, 17))


def test_the_log_is_not_read_for_entries_at_hand_or_already_emitted(
    app, listen, heard, customer, say, ticket, monkeypatch
):
    room = listen(customer)
    dispatcher = app.extensions["ticketing.dispatcher"]
    monkeypatch.setattr("ticketing.realtime.dispatcher.read_log", None)

    say(customer, times=2)
    with app.app_context():
        dispatcher.advance(commented(ticket))  # it was emitted already

    assert seqs(heard(room)) == [1, 2]


def test_entries_committed_by_another_process_are_read_from_the_log(
    app, api, listen, heard, admin, say, hold, ticket
):
    room, (_, let_go) = listen(admin), hold
    say(admin)
    say(admin, internal=True)
    let_go()

    with app.app_context():
        for stream in ("public", "staff"):
            growth = commented(ticket)._replace(stream=stream)
            broadcast.dispatch_from_log(**growth._asdict())

    public, staff = heard(room)
    for entry, stream in ((public, "public"), (staff, "staff")):
        url = f"/api/tickets/{ticket.id}/events?stream={stream}"
        assert [entry] == api(admin).get(url).json["data"]


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_the_lobby_receives_events_of_another_process_without_joining(
    app, api, live, request, heard, admin, ticket, customer, hold, who
):
    lobby, (_, let_go) = live(request.getfixturevalue(who)), hold
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"priority": "urgent"})
    let_go()

    with app.app_context():
        growth = commented(ticket)._replace(name="ticket.updated")
        broadcast.dispatch_from_log(**growth._asdict())

    assert [entry["name"] for entry in heard(lobby)] == ["ticket.updated"]


def test_a_socket_that_joins_takes_no_entry_from_those_that_joined_before(
    app, dispatcher, listen, heard, customer, admin, say, hold
):
    first, (held, let_go) = listen(customer), hold
    say(customer)
    let_go()
    listen(admin)  # the notification is still on its way

    with app.app_context():
        dispatcher.advance(*held[0])

    assert seqs(heard(first)) == [1]


@pytest.mark.parametrize("has_entry", [True, False])
def test_the_lobby_receives_entries_committed_before_a_socket_joined_the_room(
    app, api, live, listen, heard, customer, admin, ticket, dispatcher, hold, has_entry
):
    lobby, (held, let_go) = live(customer), hold
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"priority": "urgent"})
    let_go()
    room = listen(admin)  # the notification is still on its way

    with app.app_context():
        [(growth, entry)] = held
        dispatcher.advance(growth, entry if has_entry else None)
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"priority": "low"})

    assert seqs(heard(lobby)) == [1, 2]
    assert seqs(heard(room)) == [1, 2]


def test_the_lobby_receives_once_an_entry_emitted_before_its_notification(
    app, api, live, listen, heard, customer, admin, ticket, dispatcher, hold
):
    lobby, room, (held, let_go) = live(customer), listen(admin), hold
    for priority in ("urgent", "low"):
        api(admin).patch(f"/api/tickets/{ticket.id}", json={"priority": priority})
    let_go()

    with app.app_context():
        for notification in reversed(held):
            dispatcher.advance(*notification)

    assert seqs(heard(lobby)) == seqs(heard(room)) == [1, 2]


def test_the_log_is_not_read_where_no_socket_follows_the_ticket(
    app, live, stranger, customer, ticket, monkeypatch
):
    live(stranger)
    monkeypatch.setattr("ticketing.realtime.dispatcher.read_log", None)

    with app.app_context():
        for name in ("ticket.updated", "comment.added"):
            growth = commented(ticket)._replace(name=name)
            broadcast.dispatch_from_log(**growth._asdict())


def test_a_room_too_far_behind_receives_sync_instead_of_the_entries(
    app, save, dispatcher, listen, customer, ticket
):
    room = listen(customer)
    last_seq = MAX_ENTRIES_BEHIND + 1
    for seq in range(1, last_seq + 1):
        entry = {"ticket_id": ticket.id, "stream": Stream.PUBLIC, "seq": seq}
        save(Entry(name="comment.deleted", actor_id=customer.id, payload={}, **entry))

    with app.app_context():
        dispatcher.advance(commented(ticket, seq=last_seq))

    [packet] = room.get_received()
    assert packet["name"] == "sync"
    assert packet["args"] == [{"ticket_id": ticket.id, "last_seq": last_seq}]


def test_an_entry_that_a_newer_release_has_logged_is_emitted(
    app, dispatcher, listen, customer, ticket, save
):
    room = listen(customer)
    later = {"name": "ticket.merged", "actor_id": customer.id, "payload": {"into": 8}}
    save(Entry(ticket_id=ticket.id, stream=Stream.PUBLIC, seq=1, **later))

    with app.app_context():
        for _ in range(2):  # at the first one, its notification may be on the way
            dispatcher.check({(ticket.id, Stream.PUBLIC): 1})

    # Past the client of the other tests, which takes what the document has.
    packets = SocketIOTestClient.get_received(room)
    [entry] = [packet for packet in packets if packet["name"] != "sync"]
    assert entry["name"] == "ticket.merged"
    assert entry["args"][1]["seq"] == 1
