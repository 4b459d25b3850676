"""``typing`` is emitted to the other users in the room, and not stored."""

import pytest


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
