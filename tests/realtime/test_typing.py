"""``typing`` is emitted to the other users in the room, ends, and is not stored."""

import time

import pytest

from ticketing.realtime import typists


def type_on(client, ticket, typing=True):
    data = {"ticket_id": ticket.id, "typing": typing}
    return client.emit("typing", data, callback=True)


@pytest.mark.parametrize("typing", [True, False])
def test_typing_reaches_the_other_users_in_the_room(
    listen, customer, admin, ticket, typing
):
    typist, others = listen(admin), [listen(customer), listen(customer)]

    answer = type_on(typist, ticket, typing)

    told = {
        "ticket_id": ticket.id,
        "user": {"id": admin.id, "name": "Ada", "role": "admin"},
        "typing": typing,
    }
    assert answer == {"data": {}}
    for other in others:
        [packet] = other.get_received()
        assert (packet["name"], packet["args"]) == ("typing", [told])


def test_typing_reaches_none_of_ones_own_sockets(listen, customer, ticket):
    typist, second = listen(customer), listen(customer)

    type_on(typist, ticket)

    assert (typist.get_received(), second.get_received()) == ([], [])


def test_typing_does_not_reach_sockets_that_have_not_joined(
    live, listen, customer, admin, stranger, ticket
):
    typist, outside = listen(customer), [live(admin), live(stranger), live(customer)]

    type_on(typist, ticket)

    assert [client.get_received() for client in outside] == [[], [], []]


def test_typing_is_emitted_without_having_joined(live, listen, customer, admin, ticket):
    listener = listen(customer)

    assert type_on(live(admin), ticket) == {"data": {}}

    assert [packet["name"] for packet in listener.get_received()] == ["typing"]


def test_typing_by_a_stranger_is_refused_and_not_emitted(
    live, listen, stranger, admin, ticket
):
    listener = listen(admin)

    answer = type_on(live(stranger), ticket)

    assert answer["error"]["code"] == "not_found"
    assert listener.get_received() == []


def test_typing_does_not_reach_the_rooms_of_other_tickets(
    live, listen, make_ticket, customer, admin, ticket
):
    listener = listen(customer)

    type_on(live(admin), make_ticket(customer))

    assert listener.get_received() == []


def test_typing_is_not_stored(api, live, customer, ticket):
    before = api(customer).get(f"/api/tickets/{ticket.id}").json

    type_on(live(customer), ticket)

    assert api(customer).get(f"/api/tickets/{ticket.id}/events").json["data"] == []
    assert api(customer).get(f"/api/tickets/{ticket.id}").json == before


@pytest.mark.parametrize("typing", [None, 1, "true", "yes"])
def test_typing_names_the_invalid_field(live, customer, ticket, typing):
    answer = type_on(live(customer), ticket, typing)

    assert list(answer["error"]["errors"]) == ["typing"]


def notice(user, ticket, typing):
    profile = {"id": user.id, "name": user.name, "role": user.role.value}
    return {"ticket_id": ticket.id, "user": profile, "typing": typing}


@pytest.fixture
def states(events):
    """Return whether a client was notified that someone types, or has stopped."""
    return lambda client: [told["typing"] for told in events(client, "typing")]


@pytest.fixture(autouse=True)
def _nobody_from_before(settle):
    settle(60)


def test_typing_that_is_not_renewed_ends_once(
    listen, customer, admin, ticket, settle, events
):
    typist, other = listen(admin), listen(customer)
    type_on(typist, ticket)

    settle(5.9)
    assert events(other, "typing") == [notice(admin, ticket, True)]
    settle(0.1)
    assert events(other, "typing") == [notice(admin, ticket, False)]
    settle(60)
    assert events(other, "typing") == []
    assert events(typist, "typing") == []


def test_typing_that_is_renewed_does_not_end(
    listen, customer, admin, ticket, settle, states
):
    typist, other = listen(admin), listen(customer)

    for _ in range(3):
        type_on(typist, ticket)
        settle(4)

    assert states(other) == [True, True, True]


@pytest.mark.parametrize(
    "end",
    [
        lambda client, ticket: type_on(client, ticket, False),
        lambda client, ticket: client.emit("leave", {"ticket_id": ticket.id}),
        lambda client, ticket: client.disconnect(),
    ],
    ids=["stop", "leave", "disconnect"],
)
def test_typing_ends_once_with_its_socket(
    listen, customer, admin, ticket, settle, states, end
):
    typist, other = listen(admin), listen(customer)
    type_on(typist, ticket)

    end(typist, ticket)

    assert states(other) == [True, False]
    settle(60)
    assert states(other) == []


@pytest.mark.parametrize("end", ["leave", "disconnect"])
def test_a_socket_that_does_not_type_ends_without_a_notice(
    listen, customer, admin, ticket, states, end
):
    silent, other = listen(admin), listen(customer)

    if end == "leave":
        silent.emit("leave", {"ticket_id": ticket.id}, callback=True)
    else:
        silent.disconnect()

    assert states(other) == []


def test_leaving_a_ticket_ends_typing_on_that_one_only(
    listen, make_ticket, customer, admin, ticket, states
):
    typist, other, second = listen(admin), listen(customer), make_ticket(customer)
    other.emit("join", {"ticket_id": second.id}, callback=True)
    for each in (ticket, second):
        type_on(typist, each)

    typist.emit("leave", {"ticket_id": second.id}, callback=True)

    assert states(other) == [True, True, False]
    typist.disconnect()
    assert states(other) == [False]


@pytest.mark.parametrize("end", ["stop", "disconnect"])
def test_a_user_types_until_the_last_of_their_sockets_stops(
    listen, customer, admin, ticket, states, end
):
    first, second, other = listen(admin), listen(admin), listen(customer)
    for client in (first, second):
        type_on(client, ticket)
    states(other)

    for client, told in ((first, []), (second, [False])):
        type_on(client, ticket, False) if end == "stop" else client.disconnect()
        assert states(other) == told


def test_another_socket_of_a_typist_ends_without_a_notice(
    listen, customer, admin, ticket, states
):
    typist, second, other = listen(admin), listen(admin), listen(customer)
    type_on(typist, ticket)

    second.disconnect()

    assert states(other) == [True]


def test_typing_ends_when_its_user_loses_the_right_to_it(
    api, live, listen, customer, admin, colleague, ticket, settle, states
):
    typist, other = listen(admin), listen(customer)
    type_on(typist, ticket)

    api(colleague).patch(f"/api/users/{admin.id}", json={"role": "customer"})

    assert not typist.is_connected()
    assert states(other) == [True, False]
    settle(60)
    assert states(other) == []


def test_the_end_of_typing_is_published_once(
    listen, admin, ticket, settle, published
):
    typist = listen(admin)
    type_on(typist, ticket)
    published.clear()

    settle(6)
    settle(60)
    typist.disconnect()

    about = [data for name, data in published if name == "typing"]
    assert [data["typing"] for data in about] == [notice(admin, ticket, False)]


def test_typing_in_another_process_starts_and_ends_here(
    listen, customer, admin, ticket, settle, hear, states
):
    other = listen(customer)

    for typing in (True, False):
        hear("typing", process="another", typing=notice(admin, ticket, typing))

    assert states(other) == [True, False]
    settle(60)
    assert states(other) == []


def test_typing_in_a_process_that_died_ends_within_15_seconds(
    listen, customer, admin, ticket, settle, hear, published, states
):
    other = listen(customer)
    hear("typing", process="another", typing=notice(admin, ticket, True))

    settle(8)  # its own process says it at 6
    assert states(other) == [True]
    settle(6)
    assert states(other) == [False]
    assert [name for name, _ in published if name == "typing"] == []


def test_who_types_in_two_processes_stops_in_both(
    listen, customer, admin, ticket, hear, states
):
    typist, other = listen(admin), listen(customer)
    type_on(typist, ticket)
    hear("typing", process="another", typing=notice(admin, ticket, True))

    hear("typing", process="another", typing=notice(admin, ticket, False))
    assert states(other) == [True, True]
    type_on(typist, ticket, False)
    assert states(other) == [False]


def test_who_types_in_two_processes_stops_as_soon_as_both_say_so(
    listen, customer, admin, ticket, hear, states, published
):
    typist, other = listen(admin), listen(customer)
    type_on(typist, ticket)
    hear("typing", process="another", typing=notice(admin, ticket, True))
    states(other)

    type_on(typist, ticket, False)
    told_first = states(other)
    hear("typing", process="another", typing=notice(admin, ticket, False))

    assert (told_first, states(other)) == ([], [False])
    about = [data["typing"]["typing"] for name, data in published if name == "typing"]
    assert about == [True, False]  # or the other process would wait for 12 seconds


def test_who_types_in_three_processes_types_until_the_last_says_so(
    listen, customer, admin, ticket, hear, states
):
    other = listen(customer)
    for process in ("one", "two"):
        hear("typing", process=process, typing=notice(admin, ticket, True))
    states(other)

    for process, told in (("one", []), ("two", [False])):
        hear("typing", process=process, typing=notice(admin, ticket, False))
        assert states(other) == told


def test_nothing_is_kept_of_users_who_stopped(listen, admin, ticket, settle, hear):
    typist = listen(admin)
    type_on(typist, ticket)
    hear("typing", process="another", typing=notice(admin, ticket, True))
    assert typists.typists

    settle(60)

    assert not typists.typists


@pytest.mark.slow
def test_typing_ends_in_the_background(
    listen, customer, admin, ticket, states, monkeypatch
):
    monkeypatch.undo()  # the clock, and the background tasks
    typist, other = listen(admin), listen(customer)
    type_on(typist, ticket)
    begun, told = time.monotonic(), states(other)

    while False not in told:
        assert time.monotonic() < begun + 10
        told += states(other)

    assert told == [True, False]
    assert time.monotonic() - begun > 5.5
