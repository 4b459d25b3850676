"""``ticket.activity`` notifies the lobby that a ticket's stream has moved."""

import time

import pytest

from ticketing.history.models import Stream
from ticketing.realtime import activity
from ticketing.realtime.dispatcher import Growth


@pytest.fixture(autouse=True)
def _nothing_from_before(settle):
    settle(60)


@pytest.fixture
def say(api):
    def say(user, ticket, **fields):
        body = {"content": "Hm.", **fields}
        answer = api(user).post(f"/api/tickets/{ticket.id}/comments", json=body)
        assert answer.status_code == 201

    return say


@pytest.fixture
def heard_by(events, settle):
    def heard_by(*clients):
        settle()
        return [events(client, "ticket.activity") for client in clients]

    return heard_by


def public(ticket, seq):
    return {"ticket_id": ticket.id, "last_seq": seq}


def internal(ticket):
    return {"ticket_id": ticket.id, "internal": True}


def test_the_lobby_and_the_customer_are_notified_of_a_message(
    api, live, customer, admin, colleague, stranger, ticket, heard_by
):
    clients = [live(user) for user in (customer, admin, colleague, stranger)]

    url = f"/api/tickets/{ticket.id}/messages"
    api(customer).post(url, json={"message": "Hello?"})

    assert heard_by(*clients) == [[public(ticket, 1)]] * 3 + [[]]


def test_only_admins_are_notified_of_a_note_and_not_told_its_number(
    live, customer, admin, ticket, say, settle
):
    clients = [live(customer), live(admin)]

    say(admin, ticket, internal=True)
    settle()

    theirs, ours = (client.get_received() for client in clients)
    assert theirs == []
    assert [packet["args"] for packet in ours] == [[internal(ticket)]]


def test_what_the_lobby_receives_itself_is_no_activity(
    api, live, customer, admin, category, heard_by
):
    clients = [live(customer), live(admin)]
    opening = {"category_id": category.id, "subject": "Ink", "description": "None."}

    url = api(customer).post("/api/tickets", json={**opening, "priority": "low"})
    api(admin).patch(url.headers["Location"], json={"status": "resolved"})

    assert heard_by(*clients) == [[], []]


def test_a_reply_that_reopens_is_both_a_change_and_activity(
    api, live, customer, admin, ticket, settle
):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "resolved"})
    client = live(admin)

    url = f"/api/tickets/{ticket.id}/messages"
    api(customer).post(url, json={"message": "No!"})
    settle()

    packets = client.get_received()
    assert [p["name"] for p in packets] == ["ticket.updated", "ticket.activity"]
    assert packets[1]["args"] == [public(ticket, 3)]


def test_a_stream_is_notified_once_a_second_and_its_last_entry_always(
    live, admin, ticket, say, heard_by, settle
):
    client = live(admin)

    for _ in range(3):
        say(admin, ticket)
        settle(0.2)
    assert heard_by(client) == [[public(ticket, 1)]]

    settle(0.7)
    assert heard_by(client) == [[public(ticket, 3)]]
    settle(5)
    assert heard_by(client) == [[]]


def test_streams_and_tickets_do_not_delay_one_another(
    live, make_ticket, customer, admin, ticket, say, heard_by
):
    client, other = live(admin), make_ticket(customer)

    say(admin, ticket)
    say(admin, ticket, internal=True)
    say(admin, other)

    [found] = heard_by(client)
    assert found == [public(ticket, 1), public(other, 1), internal(ticket)]


def test_commits_notified_out_of_order_end_with_the_greatest_number(
    live, admin, customer, ticket, heard_by, settle
):
    client = live(admin)

    for seq in (3, 1, 2, 5, 4):
        where = ticket.id, Stream.PUBLIC, seq
        activity.note(Growth(*where, "comment.added", customer.id))
        settle(0.3)
    settle(2)

    assert heard_by(client) == [[public(ticket, 3), public(ticket, 5)]]


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_a_socket_in_lobby_and_room_is_notified_once(
    listen, request, admin, ticket, say, heard_by, who
):
    client = listen(request.getfixturevalue(who))

    say(admin, ticket)

    assert heard_by(client) == [[public(ticket, 1)]]


def test_an_admin_is_notified_once_of_a_ticket_of_their_own(
    live, make_ticket, admin, say, heard_by
):
    client, own = live(admin), make_ticket(admin)

    say(admin, own)

    assert heard_by(client) == [[public(own, 1)]]


def test_the_lobby_is_notified_of_an_entry_of_another_process(
    live, customer, admin, stranger, ticket, hear, heard_by, monkeypatch
):
    clients = [live(user) for user in (customer, admin, stranger)]
    monkeypatch.setattr("ticketing.realtime.dispatcher.read_log", None)

    about = {"ticket_id": ticket.id, "owner_id": customer.id, "name": "comment.added"}
    hear("grew", stream="public", seq=7, **about)
    hear("grew", stream="staff", seq=2, **about)

    theirs, ours, others = heard_by(*clients)
    assert theirs == [public(ticket, 7)]
    assert ours == [public(ticket, 7), internal(ticket)]
    assert others == []


def test_other_processes_are_told_whose_ticket_it_is(
    customer, admin, ticket, say, published
):
    say(admin, ticket, internal=True)

    [(name, data)] = published
    assert name == "grew"
    assert (data["name"], data["owner_id"]) == ("comment.added", customer.id)


def test_a_process_without_sockets_keeps_nothing(
    customer, admin, stranger, live, ticket, say
):
    live(stranger)

    say(customer, ticket)
    say(admin, ticket, internal=True)

    assert not activity._public
    assert not activity._staff


def test_there_is_no_activity_of_a_deleted_ticket(
    api, live, customer, admin, ticket, say, heard_by
):
    client = live(admin)
    say(admin, ticket)
    say(admin, ticket, internal=True)

    api(customer).delete(f"/api/tickets/{ticket.id}")

    assert heard_by(client) == [[]]


def test_with_many_sockets_the_lobby_is_notified_of_one_ticket_after_another(
    live, make_ticket, customer, admin, say, heard_by, monkeypatch
):
    monkeypatch.setattr(activity, "DELIVERIES_PER_ROUND", 4)
    clients = [live(admin) for _ in range(2)]
    tickets = [make_ticket(customer) for _ in range(5)]
    for each in tickets:
        say(customer, each)

    found = [heard_by(*clients)[0] for _ in range(3)]

    first, second, third = ([p["ticket_id"] for p in each] for each in found)
    assert first + second + third == [each.id for each in tickets]
    assert (len(first), len(second), len(third)) == (2, 2, 1)


@pytest.mark.slow
def test_activity_is_emitted_in_the_background(
    live, admin, ticket, say, events, monkeypatch
):
    monkeypatch.undo()  # the clock, and the background tasks
    client, deadline = live(admin), time.monotonic() + 5

    say(admin, ticket)

    while not (found := events(client, "ticket.activity")):
        assert time.monotonic() < deadline
    assert found == [public(ticket, 1)]
