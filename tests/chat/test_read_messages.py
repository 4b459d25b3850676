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
    """Return the ids of what has not been read."""

    def unread():
        url = f"/api/tickets/{ticket.id}/messages?mark_read=false"
        found = api(customer).get(url).json["data"]
        return [message["id"] for message in found if not message["is_read"]]

    return unread


OVER = ["http", "socket"]


@pytest.mark.parametrize("over", OVER)
def test_marks_up_to_a_message(customer, ids, read, unread, over):
    assert read(over, customer, ids[1]) == {"unread_count": 1}
    assert unread() == ids[2:]


@pytest.mark.parametrize("over", OVER)
def test_beyond_the_last_is_all_there_is(
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


def test_a_message_elsewhere_is_no_further_than_the_last_here(
    customer, admin, make_ticket, make_message, ids, read, listen, heard
):
    elsewhere = make_message(admin, ticket=make_ticket(customer))
    client = listen(customer)

    assert read("http", customer, elsewhere.id) == {"unread_count": 0}
    assert [entry["payload"]["up_to"] for entry in heard(client)] == [ids[2]]


def test_counts_what_is_left_of_this_ticket_alone(
    customer, admin, make_ticket, make_message, ids, read
):
    make_message(admin, ticket=make_ticket(customer))

    assert read("http", customer, ids[0]) == {"unread_count": 2}


def test_any_admin_reads_for_support(
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
def test_nothing_to_read_is_not_told(customer, admin, make_message, read, listen, over):
    own = make_message(customer)
    client = listen(customer)

    assert read(over, customer, own.id) == {"unread_count": 0}
    assert client.get_received() == []


def test_there_may_be_no_message_at_all(customer, ticket, read):
    assert read("http", customer, 1) == {"unread_count": 0}


def test_never_goes_back(customer, ids, read, unread):
    for up_to in (ids[2], ids[0]):
        answer = read("http", customer, up_to)

    assert answer == {"unread_count": 0}
    assert unread() == []


@pytest.mark.parametrize("over", OVER)
@pytest.mark.parametrize("up_to", [0, -1, "1", None, True, 1.5, 2**63])
def test_names_the_offending_field(customer, ticket, read, over, up_to):
    answer = read(over, customer, up_to)

    assert (answer["code"], list(answer["errors"])) == ("invalid", ["up_to"])


@pytest.mark.parametrize(
    ("body", "field"), [({}, "up_to"), ({"up_to": 1, "all": True}, "all")]
)
def test_names_what_is_missing_or_unknown(api, customer, ticket, body, field):
    response = api(customer).post(read_url(ticket), json=body)

    assert (response.status_code, list(response.json["errors"])) == (422, [field])
