"""Threat: an id of somebody else's, in a path, a query, a body, a payload or a key."""

import json
from base64 import urlsafe_b64encode

import pytest

SECRET = "the code of the safe is 4711"
KEY = {"Idempotency-Key": "a-key-of-carlas"}
ON_TICKET = [
    ("GET", "tickets/{t}", None),
    ("PATCH", "tickets/{t}", {"subject": "Mine"}),
    ("PUT", "tickets/{t}", {"subject": "Mine"}),
    ("DELETE", "tickets/{t}", None),
    ("GET", "tickets/{t}/attachment", None),
    ("GET", "tickets/{t}/events", None),
    ("GET", "tickets/{t}/events?stream=staff", None),
    ("GET", "tickets/{t}/comments", None),
    ("POST", "tickets/{t}/comments", {"content": "Mine"}),
    ("GET", "tickets/{t}/messages", None),
    ("POST", "tickets/{t}/messages", {"message": "Mine"}),
    ("POST", "tickets/{t}/messages/read", {"up_to": 1}),
    ("GET", "comments/{c}", None),
    ("PATCH", "comments/{c}", {"content": "Mine"}),
    ("PUT", "comments/{c}", {"content": "Mine"}),
    ("DELETE", "comments/{c}", None),
    ("GET", "messages/{m}", None),
]
EVENTS = {
    "join": {"after": 0},
    "typing": {"typing": True},
    "message.send": {"message": "Mine"},
    "message.read": {"up_to": 1},
}


@pytest.fixture
def theirs(api, customer, category):
    """What another customer has: a ticket with something said on it; their ids."""
    client = api(customer)
    form = {"category_id": category.id, "subject": SECRET, "priority": "low"}
    ticket = client.post("/api/tickets", json={**form, "description": SECRET}).json
    url = f"/api/tickets/{ticket['id']}"
    comment = client.post(f"{url}/comments", json={"content": SECRET}).json
    message = client.post(f"{url}/messages", json={"message": SECRET}, headers=KEY).json
    return {"t": ticket["id"], "c": comment["id"], "m": message["id"]}


@pytest.fixture
def unharmed(api, admin, theirs):
    """Assert that nothing of it changes."""
    urls = [f"/api/tickets/{theirs['t']}{part}" for part in ("", "/events")]
    before = [api(admin).get(url).json for url in urls]
    yield
    assert [api(admin).get(url).json for url in urls] == before


@pytest.mark.parametrize(("method", "path", "body"), ON_TICKET)
def test_in_a_path_it_does_not_exist(
    api, stranger, theirs, unharmed, method, path, body
):
    client = api(stranger)

    hidden = client.open(f"/api/{path.format(**theirs)}", method=method, json=body)
    missing = client.open(
        f"/api/{path.format(t=10**9, c=10**9, m=10**9)}", method=method, json=body
    )

    assert hidden.status_code == 404
    # Nobody can tell what they may not see from what is not there.
    assert (hidden.data, hidden.status) == (missing.data, missing.status)


@pytest.mark.parametrize(
    "query",
    [
        *("", "?assigned_to=me", "?assigned_to=none", "?category_id={category}"),
        *("?status=open,closed", "?sort=created_at", "?sort=-priority"),
        "?waiting_on=support",
    ],
)
def test_in_a_query_it_selects_nothing(api, stranger, theirs, category, query):
    response = api(stranger).get(f"/api/tickets{query.format(category=category.id)}")

    assert (response.status_code, response.json["data"]) == (200, [])


@pytest.mark.parametrize("name", ["-created_at", "created_at"])
def test_nor_in_a_cursor_that_was_made_up(api, stranger, theirs, name):
    place = [name, "2001-01-01T00:00:00+00:00", 1]
    if name.startswith("-"):
        place[1] = "2999-01-01T00:00:00+00:00"
    cursor = urlsafe_b64encode(json.dumps(place).encode()).decode()

    response = api(stranger).get(f"/api/tickets?sort={name}&cursor={cursor}")

    assert (response.status_code, response.json["data"]) == (200, [])


@pytest.mark.parametrize("event", EVENTS)
def test_in_a_payload_it_does_not_exist(live, stranger, theirs, unharmed, event):
    socket = live(stranger)
    for number in (theirs["t"], 10**9):
        payload = {"ticket_id": number, **EVENTS[event]}

        answer = socket.emit(event, payload, callback=True)

        assert answer == {
            "error": {"message": "There is no such ticket.", "code": "not_found"}
        }


def test_a_key_is_good_for_its_own_user_only(api, stranger, make_ticket, theirs):
    own = make_ticket(stranger)
    body = {"message": "Mine"}

    response = api(stranger).post(
        f"/api/tickets/{own.id}/messages", json=body, headers=KEY
    )

    assert (response.status_code, response.json["message"]) == (201, "Mine")


@pytest.mark.parametrize("field", ["category_id", "assigned_to"])
def test_in_a_body_it_has_to_be_one_that_may_be_named(api, admin, theirs, field):
    client, url = api(admin), f"/api/tickets/{theirs['t']}"

    response = client.patch(url, json={field: 10**9})

    assert (response.status_code, list(response.json["errors"])) == (422, [field])


def test_nobody_is_assigned_who_is_no_admin(api, admin, customer, theirs):
    response = api(admin).patch(
        f"/api/tickets/{theirs['t']}", json={"assigned_to": customer.id}
    )

    assert (response.status_code, list(response.json["errors"])) == (
        422,
        ["assigned_to"],
    )


def test_reading_is_not_told_for_a_message_of_another_ticket(
    api, stranger, admin, make_ticket, theirs
):
    own = make_ticket(stranger)
    client, url = api(stranger), f"/api/tickets/{own.id}/messages/read"

    response = client.post(url, json={"up_to": theirs["m"]})

    seen = api(admin).get(f"/api/messages/{theirs['m']}").json
    assert (response.status_code, seen["is_read"]) == (200, False)
