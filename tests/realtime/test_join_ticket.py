"""``join`` and ``leave``"""

from threading import Thread

import pytest
from flask_socketio import join_room
from sqlalchemy.exc import OperationalError

from ticketing.history import service
from ticketing.history.models import Entry
from ticketing.realtime import dispatcher
from ticketing.realtime import handlers as sockets

NOTHING = {"last_seq": 0, "events": [], "has_more": False}
STREAMS = [("public", "after"), ("staff", "staff_after")]


def join(client, ticket, **data):
    return client.emit("join", {"ticket_id": ticket.id, **data}, callback=True)


def present(user):
    return {"id": user.id, "name": user.name, "role": user.role, "typing": False}


def write(client, ticket, internal=False, content="Hm."):
    body = {"content": content, "internal": internal}
    return client.post(f"/api/tickets/{ticket.id}/comments", json=body)


def test_the_owner_can_join_a_ticket(live, customer, ticket):
    answer = join(live(customer), ticket, after=0)

    assert answer == {"data": {"ticket_id": ticket.id, **NOTHING}}


def test_an_admin_who_joins_follows_the_staff_stream_as_well(live, admin, ticket):
    data = join(live(admin), ticket)["data"]

    assert data["staff"] == {**NOTHING, "users": [present(admin)]}
    assert {name: data[name] for name in NOTHING} == NOTHING


def test_a_stranger_who_joins_is_refused_and_receives_nothing(
    api, live, customer, admin, stranger, ticket
):
    client = live(stranger)

    answer = join(client, ticket, after=0)

    write(api(customer), ticket)
    write(api(admin), ticket, internal=True)
    assert answer == {
        "error": {"message": "There is no such ticket.", "code": "not_found"}
    }
    assert client.get_received() == []


@pytest.mark.parametrize("staff_after", [0, 1])
def test_a_customer_cannot_join_the_staff_stream(
    api, live, customer, ticket, staff_after
):
    client = live(customer)

    answer = join(client, ticket, after=0, staff_after=staff_after)

    write(api(customer), ticket)
    assert answer["error"]["code"] == "forbidden"
    assert client.get_received() == []


def test_a_customer_who_joins_receives_no_notes_of_their_own_ticket(
    api, live, customer, admin, heard, ticket
):
    write(api(admin), ticket, internal=True)
    client = live(customer)

    answer = join(client, ticket, after=0)

    write(api(admin), ticket, internal=True)
    assert answer == {"data": {"ticket_id": ticket.id, **NOTHING}}
    assert heard(client) == []


FORGED = [
    {"room": "ticket.1.staff"},
    {"rooms": ["admins"]},
    {"stream": "staff"},
    {"namespace": "/"},
]


@pytest.mark.parametrize("forged", FORGED)
def test_a_client_cannot_name_the_room_that_it_joins(
    api, live, admin, customer, ticket, forged
):
    client = live(customer)

    answer = join(client, ticket, **forged)

    write(api(admin), ticket, internal=True)
    write(api(admin), ticket)
    assert answer["error"]["code"] == "invalid"
    assert list(answer["error"]["errors"]) == list(forged)
    assert client.get_received() == []


@pytest.mark.parametrize(
    "name", ["admins", "1.staff", "ticket.1.staff", "user.1", ["admins"], {"id": 1}]
)
def test_joining_by_something_other_than_an_id_is_invalid(live, customer, name):
    answer = live(customer).emit("join", {"ticket_id": name}, callback=True)

    assert answer["error"]["code"] == "invalid"
    assert list(answer["error"]["errors"]) == ["ticket_id"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"after": -1}, "after"),
        ({"after": "1"}, "after"),
        ({"after": True}, "after"),
        ({"after": 2**63}, "after"),
        ({"staff_after": -1}, "staff_after"),
        ({"staff_after": "1"}, "staff_after"),
        ({"ticket_id": 0}, "ticket_id"),
        ({"ticket_id": 2**63}, "ticket_id"),
    ],
)
def test_joining_a_ticket_names_the_invalid_field(live, admin, ticket, data, field):
    answer = join(live(admin), ticket, **data)

    assert answer["error"]["code"] == "invalid"
    assert list(answer["error"]["errors"]) == [field]


@pytest.mark.parametrize(("stream", "after"), STREAMS)
def test_joining_returns_the_entries_after_a_seq(
    api, live, admin, ticket, stream, after
):
    author = api(admin)
    for _ in range(3):
        write(author, ticket, internal=stream == "staff")
    replay = author.get(f"/api/tickets/{ticket.id}/events?stream={stream}").json["data"]
    client = live(admin)

    answers = [join(client, ticket, **{after: seq})["data"] for seq in (0, 2, 3)]

    missed = [
        {"last_seq": 3, "events": events, "has_more": False}
        for events in (replay, replay[2:], [])
    ]
    users = {"users": [present(admin)]}
    assert answers == [
        (
            {"ticket_id": ticket.id, **NOTHING, "staff": this | users}
            if stream == "staff"
            else {"ticket_id": ticket.id, **this, "staff": NOTHING | users}
        )
        for this in missed
    ]


@pytest.mark.parametrize(("stream", "after"), STREAMS)
def test_joining_returns_a_hundred_entries_at_most(
    save, live, admin, ticket, stream, after
):
    for seq in range(1, 102):
        entry = {"ticket_id": ticket.id, "stream": stream, "seq": seq}
        entry |= {"name": "comment.deleted", "payload": {"id": seq}}
        save(Entry(actor_id=admin.id, **entry))
    ticket.last_seq = ticket.last_staff_seq = 101
    save(ticket)
    client = live(admin)

    def catch_up(seq):
        data = join(client, ticket, **{after: seq})["data"]
        data = data["staff"] if stream == "staff" else data
        seqs = [entry["seq"] for entry in data["events"]]
        return seqs, data["last_seq"], data["has_more"]

    assert catch_up(0) == (list(range(1, 101)), 100, True)
    assert catch_up(1) == (list(range(2, 102)), 101, False)
    assert catch_up(100) == ([101], 101, False)
    assert catch_up(None) == ([], 101, False)


def test_joining_after_a_seq_beyond_the_last_returns_the_last_seq(
    api, live, customer, ticket
):
    write(api(customer), ticket)

    data = join(live(customer), ticket, after=9)["data"]

    assert (data["last_seq"], data["events"], data["has_more"]) == (1, [], False)


def test_a_socket_that_joined_twice_receives_each_event_once(
    api, live, customer, heard, ticket
):
    client = live(customer)

    for _ in range(2):
        join(client, ticket)
    write(api(customer), ticket)

    assert [entry["seq"] for entry in heard(client)] == [1]


@pytest.mark.parametrize("internal", [False, True])
def test_a_socket_that_left_a_ticket_receives_no_events(
    api, live, admin, ticket, internal
):
    client = live(admin)
    join(client, ticket)

    answer = client.emit("leave", {"ticket_id": ticket.id}, callback=True)

    write(api(admin), ticket, internal)
    assert answer == {"data": {}}
    assert client.get_received() == []


def test_a_socket_that_left_a_ticket_stays_in_others(
    api, live, make_ticket, customer, heard, ticket
):
    client, other = live(customer), make_ticket(customer)
    for joined in (ticket, other):
        join(client, joined)

    client.emit("leave", {"ticket_id": other.id}, callback=True)

    for written in (ticket, other):
        write(api(customer), written)
    assert [entry["ticket_id"] for entry in heard(client)] == [ticket.id]


def test_a_socket_may_leave_a_ticket_that_it_has_not_joined(live, stranger, ticket):
    answer = live(stranger).emit("leave", {"ticket_id": ticket.id}, callback=True)

    assert answer == {"data": {}}


def test_the_events_a_socket_received_equal_the_log(
    api, admin, customer, listen, heard, ticket
):
    public, staff = listen(customer), listen(admin)
    url, theirs, ours = f"/api/tickets/{ticket.id}", api(customer), api(admin)

    said = write(theirs, ticket).json
    write(ours, ticket, internal=True)
    theirs.put(f"/api/comments/{said['id']}", json={"content": "Hm!"})
    ours.patch(url, json={"status": "resolved", "assigned_to": admin.id})
    theirs.post(f"{url}/messages", json={"message": "It smells."})
    ours.get(f"{url}/messages")
    message = {"ticket_id": ticket.id, "message": "Unplug it."}
    staff.emit("message.send", message, callback=True)
    reading = {"ticket_id": ticket.id, "up_to": 2**63 - 1}
    public.emit("message.read", reading, callback=True)

    log = theirs.get(f"{url}/events").json["data"]
    notes = ours.get(f"{url}/events?stream=staff").json["data"]
    heard_by_staff = heard(staff)
    assert [entry["name"] for entry in log] == [
        "comment.added",
        "comment.edited",
        "ticket.updated",
        "ticket.updated",
        "message.sent",
        "message.read",
        "message.sent",
        "message.read",
    ]
    assert [entry["seq"] for entry in log] == list(range(1, 9))
    assert heard(public) == log
    assert [e for e in heard_by_staff if "internal" not in e] == log
    assert [e for e in heard_by_staff if "internal" in e] == notes


@pytest.fixture
def say(api, customer, ticket):
    """Comment on the ticket from another thread, which has its own transaction."""
    author = api(customer)

    def say(content):
        thread = Thread(target=write, args=(author, ticket, False, content))
        thread.start()
        thread.join()

    return say


def test_joining_returns_an_entry_committed_before_entering_the_room(
    live, customer, ticket, say, monkeypatch
):
    client = live(customer)

    def join_late(room):
        say("Just before you came in.")
        join_room(room)

    monkeypatch.setattr(sockets, "join_room", join_late)

    answer = join(client, ticket, after=0)

    assert [entry["seq"] for entry in answer["data"]["events"]] == [1]


def test_a_socket_receives_an_entry_committed_after_join_has_read_the_log(
    live, customer, heard, ticket, say, monkeypatch
):
    client = live(customer)
    read = service._read

    def read_early(*args):
        page = read(*args)
        say("Just after you looked.")
        return page

    monkeypatch.setattr(service, "_read", read_early)

    answer = join(client, ticket, after=0)

    assert answer["data"] == {"ticket_id": ticket.id, **NOTHING}
    assert [entry["seq"] for entry in heard(client)] == [1]


@pytest.mark.parametrize("where", [(dispatcher, "last_seqs"), (service, "catch_up")])
def test_a_socket_that_could_not_join_for_the_database_is_in_no_room(
    live, api, customer, admin, heard, ticket, monkeypatch, where
):
    def fail(*args, **kwargs):
        raise OperationalError("SELECT", {}, Exception("gone away"))

    client, other = live(admin), live(customer)
    with monkeypatch.context() as away:
        away.setattr(*where, fail)
        answer = join(client, ticket)
    join(other, ticket)

    write(api(customer), ticket)

    assert answer["error"]["code"] == "unavailable"
    assert [heard(client), len(heard(other))] == [[], 1]
