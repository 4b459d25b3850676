"""A page ends at 512 KiB of JSON, however few items that are."""

import json

import pytest
from sqlalchemy import event, select

from ticketing.chat.models import Message
from ticketing.comments.models import Comment
from ticketing.core.database import db
from ticketing.core.pages import Conversation
from ticketing.tickets.models import Side

MAX_BYTES = 512 * 1024
EMOJI = "\N{FIRE}"  # four bytes each


def size(value):
    encoded = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(encoded.encode())


@pytest.fixture
def follow(api):
    """Return the items of every page of a list, each of which is small enough."""

    def follow(user, url):
        pages = []
        while url:
            response = api(user).get(url)
            assert response.status_code == 200
            assert size(response.json) <= MAX_BYTES
            pages.append(response.json["data"])
            link = response.headers.get("Link", "")
            url = link.removeprefix("<").removesuffix('>; rel="next"')
        return pages

    return follow


@pytest.fixture
def long_history(api, customer, ticket):
    """Change the description of the ticket twelve times; return the URL of its events.

    An entry has the ticket's description, the one before, and the one after: 240 KB.
    """
    client = api(customer)
    for letter in "abcdefghijkl":
        text = letter + EMOJI * 19_999
        client.patch(f"/api/tickets/{ticket.id}", json={"description": text})
    return f"/api/tickets/{ticket.id}/events"


@pytest.mark.parametrize("text", [EMOJI, "\u0001", "x"], ids=["emoji", "escaped", "x"])
def test_a_page_of_tickets_ends_at_512_kib(make_ticket, customer, follow, text):
    ids = [make_ticket(customer, description=text * 20_000).id for _ in range(30)]

    pages = follow(customer, "/api/tickets?limit=100&sort=created_at")

    assert [item["id"] for page in pages for item in page] == ids
    assert len(pages) > 1
    assert all(size(page) > MAX_BYTES * 0.7 for page in pages[:-1])


@pytest.mark.parametrize("start", ["", "&after=0"], ids=["backward", "forward"])
@pytest.mark.parametrize(
    ("kind", "field", "length", "more"),
    [
        (Comment, "content", 10_000, {}),
        (Message, "message", 5_000, {"side": Side.SUPPORT}),
    ],
    ids=["comments", "messages"],
)
def test_a_page_of_a_conversation_ends_at_512_kib(
    save, customer, admin, ticket, follow, start, kind, field, length, more
):
    ids = [
        save(
            kind(
                ticket_id=ticket.id,
                user_id=admin.id,
                **{field: EMOJI * length},
                **more,
            )
        ).id
        for _ in range(40)
    ]

    url = f"/api/tickets/{ticket.id}/{kind.__tablename__}"
    pages = follow(customer, f"{url}?limit=100{start}")

    found = [[item["id"] for item in page] for page in pages]
    in_order = found if start else found[::-1]
    assert [number for page in in_order for number in page] == ids
    assert len(pages) > 1


def test_messages_beyond_the_end_of_a_page_are_not_marked_as_read(
    api, save, customer, admin, ticket
):
    for _ in range(40):
        text = {"message": EMOJI * 5_000, "side": Side.SUPPORT}
        save(Message(ticket_id=ticket.id, user_id=admin.id, **text))

    url = f"/api/tickets/{ticket.id}/messages?after=0&limit=100"
    page = api(customer).get(url).json["data"]

    unread = api(customer).get("/api/messages/unread-count").json["unread_count"]
    assert unread == 40 - len(page) > 0


@pytest.mark.slow
def test_a_page_of_events_ends_at_512_kib(customer, long_history, follow):
    pages = follow(customer, f"{long_history}?limit=100")

    assert [item["seq"] for page in pages for item in page] == [*range(1, 13)]
    assert [len(page) for page in pages] == [2] * 6


def test_events_beyond_the_end_of_a_page_are_not_loaded(
    app, api, customer, long_history
):
    limits = []

    def note(connection, cursor, statement, parameters, context, executemany):
        if "payload" in statement and "length(" not in statement.lower():
            limits.append(context.compiled_parameters[0]["row_limit"])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        api(customer).get(f"{long_history}?limit=100")
    finally:
        event.remove(engine, "before_cursor_execute", note)

    assert len(limits) == 1
    assert 2 < limits[0] < 20


@pytest.mark.slow
@pytest.mark.parametrize("who", ["customer", "admin"])
def test_a_join_ends_at_512_kib_and_goes_on_from_there(
    api, live, customer, admin, ticket, long_history, request, who
):
    for _ in range(30):
        body = {"content": EMOJI * 10_000, "internal": True}
        api(admin).post(f"/api/tickets/{ticket.id}/comments", json=body)
    socket = live(request.getfixturevalue(who))
    place, found = {"after": 0}, {"after": [], "staff_after": []}
    if who == "admin":
        place["staff_after"] = 0

    for _ in range(40):
        joined = {"ticket_id": ticket.id, **place}
        data = socket.emit("join", joined, callback=True)["data"]
        assert size(data) <= MAX_BYTES
        streams = {"after": data, "staff_after": data.get("staff", data)}
        for name in place:
            found[name] += [entry["seq"] for entry in streams[name]["events"]]
            place[name] = streams[name]["last_seq"]
        if not any(streams[name]["has_more"] for name in place):
            break

    assert found["after"] == [*range(1, 13)]
    assert found["staff_after"] == ([*range(1, 31)] if who == "admin" else [])


def test_the_events_of_a_conflict_end_at_512_kib(
    api, customer, admin, ticket, long_history
):
    url = f"/api/tickets/{ticket.id}/messages"
    api(customer).post(url, json={"message": "Hello?"})

    refused = api(admin).post(url, json={"message": "Hi.", "if_last_seq": 1})

    assert (refused.status_code, refused.json["code"]) == (409, "conversation_moved")
    assert size(refused.json) <= MAX_BYTES
    assert [entry["seq"] for entry in refused.json["events"]] == [2, 3]


@pytest.mark.parametrize("large", [None, Comment.content], ids=["read", "measured"])
def test_a_page_has_at_least_one_item_of_any_size(app, save, customer, ticket, large):
    for _ in range(3):
        save(Comment(ticket_id=ticket.id, user_id=customer.id, content="x" * 200))
    rows = select(Comment.id, Comment.content)
    comments = Conversation(rows, Comment.id, lambda row: row._asdict(), large)

    with app.app_context():
        page = comments.page(limit=3, after=0, max_bytes=100)

    assert len(page.data) == 1
    assert page.next == page.data[0]["id"]
