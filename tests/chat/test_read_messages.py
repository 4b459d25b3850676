"""POST /api/tickets/<id>/messages/read and ``message.read``"""

import pytest


def read_url(ticket):
    return f"/api/tickets/{ticket.id}/messages/read"


@pytest.fixture
def read(api, live, ticket):
    """Read up to a message, over HTTP or a socket, as the given user."""

    def read(over, user, up_to):
        if over == "http":
            return api(user).post(read_url(ticket), json={"up_to": up_to}).json
        data = {"ticket_id": ticket.id, "up_to": up_to}
        answer = live(user).emit("message.read", data, callback=True)
        return answer.get("data") or answer["error"]

    return read


@pytest.fixture
def ids(admin, make_message):
    """Three messages of support, in the order they were sent."""
    return [make_message(admin, text).id for text in ("one", "two", "three")]


@pytest.fixture
def unread(api, customer, ticket):
    """Return the ids of the unread messages."""

    def unread():
        url = f"/api/tickets/{ticket.id}/messages?mark_read=false"
        found = api(customer).get(url).json["data"]
        return [message["id"] for message in found if not message["is_read"]]

    return unread


OVER = ["http", "socket"]


@pytest.mark.parametrize("over", OVER)
def test_messages_are_marked_as_read_up_to_an_id(customer, ids, read, unread, over):
    assert read(over, customer, ids[1]) == {"unread_count": 1}
    assert unread() == ids[2:]


@pytest.mark.parametrize("over", OVER)
def test_an_up_to_beyond_the_last_message_marks_all(
    customer, ticket, ids, read, listen, heard, over
):
    client = listen(customer)

    answer = read(over, customer, 2**63 - 1)

    [entry] = heard(client)
    assert answer == {"unread_count": 0}
    assert entry["name"] == "message.read"
    assert entry["payload"] == {
        "ticket_id": ticket.id,
        "up_to": ids[2],
        "side": "customer",
        "read_at": entry["payload"]["read_at"],
    }


def test_up_to_of_another_tickets_message_is_clamped_to_the_last_message(
    customer, admin, make_ticket, make_message, ids, read, listen, heard
):
    elsewhere = make_message(admin, ticket=make_ticket(customer))
    client = listen(customer)

    assert read("http", customer, elsewhere.id) == {"unread_count": 0}
    assert [entry["payload"]["up_to"] for entry in heard(client)] == [ids[2]]


def test_reading_returns_the_unread_count_of_the_ticket_alone(
    customer, admin, make_ticket, make_message, ids, read
):
    make_message(admin, ticket=make_ticket(customer))

    assert read("http", customer, ids[0]) == {"unread_count": 2}


def test_any_admin_marks_messages_as_read_for_support(
    api, customer, admin, colleague, ticket, make_message, read, listen, heard
):
    message = make_message(customer)
    client = listen(customer)

    answer = read("http", colleague, message.id)

    [entry] = heard(client)
    assert answer == {"unread_count": 0}
    assert (entry["payload"]["side"], entry["actor_id"]) == ("support", colleague.id)
    assert api(admin).get(f"/api/tickets/{ticket.id}").json["unread_count"] == 0


@pytest.mark.parametrize("over", OVER)
def test_reading_without_unread_messages_emits_nothing(
    customer, admin, make_message, read, listen, over
):
    own = make_message(customer)
    client = listen(customer)

    assert read(over, customer, own.id) == {"unread_count": 0}
    assert client.get_received() == []


def test_messages_of_a_ticket_without_any_can_be_marked_as_read(customer, ticket, read):
    assert read("http", customer, 1) == {"unread_count": 0}


def test_reading_an_earlier_message_marks_none_as_unread(customer, ids, read, unread):
    for up_to in (ids[2], ids[0]):
        answer = read("http", customer, up_to)

    assert answer == {"unread_count": 0}
    assert unread() == []


@pytest.mark.parametrize("over", OVER)
@pytest.mark.parametrize("up_to", [0, -1, "1", None, True, 1.5, 2**63])
def test_reading_messages_names_an_invalid_up_to(customer, ticket, read, over, up_to):
    answer = read(over, customer, up_to)

    assert (answer["code"], list(answer["errors"])) == ("invalid", ["up_to"])


@pytest.mark.parametrize(
    ("body", "field"), [({}, "up_to"), ({"up_to": 1, "all": True}, "all")]
)
def test_reading_messages_names_missing_and_unknown_fields(
    api, customer, ticket, body, field
):
    response = api(customer).post(read_url(ticket), json=body)

    assert (response.status_code, list(response.json["errors"])) == (422, [field])
