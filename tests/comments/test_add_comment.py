"""POST /api/tickets/<id>/comments"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ticketing.tickets.models import Status

KEY = {"Idempotency-Key": "just this once"}


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}/comments"


def names(client, ticket):
    entries = client.get(f"/api/tickets/{ticket.id}/events").json["data"]
    return [entry["name"] for entry in entries]


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_every_user_who_sees_a_ticket_can_comment_on_it(api, request, ticket, url, who):
    actor = request.getfixturevalue(who)

    response = api(actor).post(url, json={"content": "  It smells.\n "})

    added = response.json
    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/comments/{added['id']}"
    assert (added["content"], added["ticket_id"]) == ("It smells.", ticket.id)
    assert (added["user_id"], added["internal"]) == (actor.id, False)
    assert added["user"] == {"id": actor.id, "name": actor.name, "role": actor.role}
    assert added["created_at"] == added["updated_at"]
    assert api(actor).get(url).json["data"] == [added]


@pytest.mark.parametrize("content", ["x", "\U0001f525" * 10_000, "a\n\tb", "<b>&amp;"])
def test_the_text_of_a_comment_is_returned_unchanged(api, customer, url, content):
    response = api(customer).post(url, json={"content": content})

    assert (response.status_code, response.json["content"]) == (201, content)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": None}, "content"),
        ({"content": " \n "}, "content"),
        ({"content": "x" * 10_001}, "content"),
        ({"content": 7}, "content"),
        ({"content": ["ok"]}, "content"),
        ({"content": "nul\0"}, "content"),
        ({"content": "half \ud800"}, "content"),
        ({"content": "ok", "internal": "no"}, "internal"),
        ({"content": "ok", "internal": 0}, "internal"),
        ({"content": "ok", "user": 1}, "user"),
        ({"content": "ok", "id": 1}, "id"),
        ({"content": "ok", "created_at": "2020-01-01T00:00:00Z"}, "created_at"),
        ([], "_schema"),
    ],
)
def test_adding_a_comment_names_the_invalid_field(
    api, customer, ticket, url, body, field
):
    response = api(customer).post(url, json=body)

    assert (response.status_code, response.json["code"]) == (422, "invalid")
    assert list(response.json["errors"]) == [field]
    assert names(api(customer), ticket) == []


@pytest.mark.parametrize(
    ("who", "before", "after"),
    [
        ("customer", "resolved", "open"),
        ("customer", "in_progress", "in_progress"),
        ("admin", "resolved", "resolved"),
    ],
)
def test_a_comment_by_its_customer_reopens_a_resolved_ticket(
    api, request, make_ticket, customer, who, before, after
):
    ticket = make_ticket(customer, status=Status(before))
    client = api(request.getfixturevalue(who))

    client.post(f"/api/tickets/{ticket.id}/comments", json={"content": "Again!"})

    reopened = ["ticket.updated"] * (before != after)
    assert client.get(f"/api/tickets/{ticket.id}").json["status"] == after
    assert names(client, ticket) == [*reopened, "comment.added"]


def test_ticket_updated_of_a_reopened_ticket_equals_the_http_resource(
    api, admin, customer, ticket, url
):
    api(admin).post(url, json={"content": "It is out."})
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "resolved"})

    api(customer).post(url, json={"content": "It is not."})

    entries = api(customer).get(f"/api/tickets/{ticket.id}/events").json["data"]
    emitted = entries[-2]["payload"]
    shown = api(customer).get(f"/api/tickets/{ticket.id}").json
    assert emitted["changes"] == {"status": ["resolved", "open"]}
    assert {**shown, **emitted, "changes": None} == {**shown, "changes": None}


def test_waiting_on_is_the_other_side_after_a_comment(
    api, customer, admin, ticket, url
):
    def waiting_on():
        return api(customer).get(f"/api/tickets/{ticket.id}").json["waiting_on"]

    sides = [waiting_on()]
    for actor in (admin, customer):
        api(actor).post(url, json={"content": "Your turn."})
        sides.append(waiting_on())

    assert sides == ["support", "customer", "support"]


def test_repeating_a_comment_with_its_key_returns_the_current_comment(
    api, customer, ticket, url
):
    client = api(customer)
    first = client.post(url, json={"content": "Fire!"}, headers=KEY)
    edited = client.put(f"/api/comments/{first.json['id']}", json={"content": "Out."})

    again = client.post(url, json={"content": " Fire! "}, headers=KEY)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == edited.json
    assert again.headers["Location"] == first.headers["Location"]
    assert client.get(url).json["data"] == [again.json]
    assert names(client, ticket) == ["comment.added", "comment.edited"]


@pytest.mark.parametrize("path", ["comments", "messages"])
def test_a_used_key_with_another_call_or_comment_is_a_conflict(
    api, customer, make_ticket, ticket, url, path
):
    client, other = api(customer), make_ticket(customer)
    client.post(url, json={"content": "Fire!"}, headers=KEY)
    text = "content" if path == "comments" else "message"

    answers = [
        client.post(url, json={"content": "Help!"}, headers=KEY),
        client.post(
            f"/api/tickets/{other.id}/{path}", json={text: "Fire!"}, headers=KEY
        ),
    ]

    assert [(a.status_code, a.json["code"]) for a in answers] == [
        (409, "idempotency_conflict")
    ] * 2
    assert names(client, ticket) == ["comment.added"]


def test_a_used_key_with_internal_changed_is_a_conflict(api, admin, url):
    api(admin).post(url, json={"content": "Arson?"}, headers=KEY)

    response = api(admin).post(
        url, json={"content": "Arson?", "internal": True}, headers=KEY
    )

    assert (response.status_code, response.json["code"]) == (
        409,
        "idempotency_conflict",
    )


def test_another_user_can_comment_with_the_same_key(api, customer, admin, url):
    statuses = [
        api(actor).post(url, json={"content": "Hm."}, headers=KEY).status_code
        for actor in (customer, admin)
    ]

    assert statuses == [201, 201]


def test_the_key_of_a_deleted_comment_adds_no_other(api, customer, url):
    client = api(customer)
    first = client.post(url, json={"content": "Fire!"}, headers=KEY)
    client.delete(first.headers["Location"])

    again = client.post(url, json={"content": "Fire!"}, headers=KEY)

    assert (again.status_code, again.json["code"]) == (404, "not_found")
    assert client.get(url).json["data"] == []


def test_a_refused_comment_does_not_use_up_its_key(api, admin, customer, ticket, url):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "closed"})
    refused = api(customer).post(url, json={"content": "But…"}, headers=KEY)
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "open"})

    again = api(customer).post(url, json={"content": "But…"}, headers=KEY)

    assert (refused.status_code, again.status_code) == (409, 201)


def test_repeating_a_comment_with_its_key_succeeds_on_a_ticket_closed_since(
    api, admin, customer, ticket, url
):
    first = api(customer).post(url, json={"content": "Fire!"}, headers=KEY)
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "closed"})

    again = api(customer).post(url, json={"content": "Fire!"}, headers=KEY)
    other = api(customer).post(url, json={"content": "Help!"}, headers=KEY)

    assert (again.status_code, again.json) == (200, first.json)
    assert other.json["code"] == "idempotency_conflict"


def test_form_and_visibility_are_checked_before_the_key_of_a_comment(
    api, customer, stranger, url
):
    for actor, body, status in (
        (customer, {"content": "Fire!"}, 201),
        (customer, {"content": ""}, 422),
        (stranger, {"content": "Fire!"}, 404),
    ):
        response = api(actor).post(url, json=body, headers=KEY)

        assert response.status_code == status


@pytest.mark.parametrize("key", ["x" * 7, "x" * 65, "caf\xe9-caf\xe9"])
def test_a_key_is_8_to_64_printable_ascii_characters(api, customer, url, key):
    response = api(customer).post(
        url, json={"content": "Fire!"}, headers={"Idempotency-Key": key}
    )

    assert (response.status_code, list(response.json["errors"])) == (
        422,
        ["Idempotency-Key"],
    )


def test_concurrent_requests_with_one_key_add_one_comment(api, customer, ticket, url):
    clients = [api(customer) for _ in range(4)]

    def add(client):
        return client.post(url, json={"content": "Fire!"}, headers=KEY)

    with ThreadPoolExecutor(len(clients)) as pool:
        answers = list(pool.map(add, clients))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert names(api(customer), ticket) == ["comment.added"]
