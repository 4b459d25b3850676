"""GET /api/tickets/<id>/messages"""

import pytest


def messages(ticket, query=""):
    return f"/api/tickets/{ticket.id}/messages{query}"


@pytest.fixture
def look(api, customer, ticket):
    """Return the ticket's messages without marking any."""

    def look(ticket=ticket):
        return api(customer).get(messages(ticket, "?mark_read=false")).json["data"]

    return look


def test_listed_messages_have_their_users(api, customer, admin, ticket, make_message):
    message = make_message(admin, "Unplug it.")

    response = api(customer).get(messages(ticket))

    assert response.status_code == 200
    assert response.json == {
        "data": [
            {
                "id": message.id,
                "ticket_id": ticket.id,
                "user_id": admin.id,
                "user": {"id": admin.id, "name": "Ada", "role": "admin"},
                "message": "Unplug it.",
                "client_id": None,
                "is_read": False,
                "files": [],
                "read_at": None,
                "created_at": message.created_at.isoformat(timespec="microseconds"),
                "updated_at": message.updated_at.isoformat(timespec="microseconds"),
            }
        ],
        "next": None,
    }


@pytest.fixture
def ids(admin, make_message):
    """Five messages of support, in the order they were sent."""
    return [make_message(admin, text).id for text in ("a", "b", "c", "d", "e")]


def follow(client, url):
    """Return the ids on each page, following the links."""
    pages = []
    while url:
        response = client.get(url)
        pages.append([item["id"] for item in response.json["data"]])
        assert (response.json["next"] is None) == ("Link" not in response.headers)
        link = response.headers.get("Link", "")
        url = link.removeprefix("<").removesuffix('>; rel="next"')
    return pages


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ("", [(3, 5), (1, 3), (0, 1)]),
        ("&before={0[3]}", [(1, 3), (0, 1)]),
        ("&after={0[0]}", [(1, 3), (3, 5)]),
        ("&after=0", [(0, 2), (2, 4), (4, 5)]),
        ("&after={0[4]}", [(5, 5)]),
    ],
)
def test_pages_of_messages_contain_every_message_once(
    api, customer, ticket, ids, query, pages
):
    url = messages(ticket, f"?limit=2{query.format(ids)}")

    assert follow(api(customer), url) == [ids[start:end] for start, end in pages]


def test_the_next_link_keeps_mark_read_false(api, customer, ticket, ids, look):
    follow(api(customer), messages(ticket, "?limit=2&mark_read=false"))

    assert [message["is_read"] for message in look()] == [False] * 5


def test_a_page_of_messages_has_the_newest_25_by_default(
    api, customer, ticket, make_message
):
    ids = [make_message(customer).id for _ in range(26)]

    page = api(customer).get(messages(ticket)).json

    assert [item["id"] for item in page["data"]] == ids[1:]
    assert page["next"] == ids[1]


def test_listing_messages_marks_them_and_shows_them_as_before(
    api, customer, ticket, ids, look
):
    first = api(customer).get(messages(ticket)).json["data"]
    second = api(customer).get(messages(ticket)).json["data"]

    assert [(m["is_read"], m["read_at"]) for m in first] == [(False, None)] * 5
    assert all(message["is_read"] and message["read_at"] for message in second)
    assert second == look()


def test_marking_messages_as_read_keeps_updated_at(api, customer, ticket, ids, look):
    before = [message["updated_at"] for message in look()]

    api(customer).get(messages(ticket))

    assert [message["updated_at"] for message in look()] == before


def test_listing_messages_marks_none_after_the_newest_returned(
    api, customer, ticket, ids, look
):
    api(customer).get(messages(ticket, f"?before={ids[3]}&limit=1"))

    read = [message["id"] for message in look() if message["is_read"]]
    assert read == ids[:3]


def test_an_empty_page_of_messages_marks_none(api, customer, ticket, ids, look):
    api(customer).get(messages(ticket, f"?after={ids[4]}"))

    assert not any(message["is_read"] for message in look())


SIDES = [
    ("customer", "customer", "admin", True),
    ("customer", "customer", "colleague", True),
    ("customer", "customer", "customer", False),
    ("customer", "admin", "customer", True),
    ("customer", "admin", "admin", False),
    ("customer", "admin", "colleague", False),
    ("admin", "admin", "admin", False),
    ("admin", "admin", "colleague", True),
    ("admin", "colleague", "admin", True),
    ("admin", "colleague", "colleague", False),
]


@pytest.mark.parametrize(("owner", "author", "reader", "is_read"), SIDES)
def test_listing_messages_marks_those_of_the_other_side_only(
    api, make_ticket, make_message, request, owner, author, reader, is_read
):
    cast = request.getfixturevalue
    ticket = make_ticket(cast(owner))
    make_message(cast(author), ticket=ticket)

    api(cast(reader)).get(messages(ticket))

    [message] = api(cast(reader)).get(messages(ticket)).json["data"]
    assert message["is_read"] is is_read


def test_listing_messages_emits_message_read_once(
    api, customer, ticket, ids, listen, heard
):
    client = listen(customer)

    for _ in range(2):
        api(customer).get(messages(ticket))

    [entry] = heard(client)
    read_at = api(customer).get(messages(ticket)).json["data"][0]["read_at"]
    assert (entry["name"], entry["actor_id"]) == ("message.read", customer.id)
    assert entry["payload"] == {
        "ticket_id": ticket.id,
        "up_to": ids[4],
        "side": "customer",
        "read_at": read_at,
    }


def test_listing_messages_without_marking_emits_nothing(
    api, customer, ticket, ids, listen
):
    client = listen(customer)

    api(customer).get(messages(ticket, "?mark_read=false"))

    assert client.get_received() == []


def test_a_head_request_marks_no_messages(api, customer, ticket, ids, look, listen):
    socket = listen(customer)

    response = api(customer).head(messages(ticket))

    assert (response.status_code, response.data) == (200, b"")
    assert not any(message["is_read"] for message in look())
    assert socket.get_received() == []


def test_messages_of_a_closed_ticket_are_marked_as_read(
    api, admin, customer, ticket, ids, look
):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "closed"})

    assert api(customer).get(messages(ticket)).status_code == 200
    assert all(message["is_read"] for message in look())


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("after=x", "after"),
        (f"before={2**63}", "before"),
        ("after=1&before=9", "before"),
        ("mark_read=maybe", "mark_read"),
        ("unread=1", "unread"),
    ],
)
def test_listing_messages_names_the_invalid_parameter(
    api, customer, ticket, query, field
):
    response = api(customer).get(messages(ticket, f"?{query}"))

    assert (response.status_code, list(response.json["errors"])) == (422, [field])
