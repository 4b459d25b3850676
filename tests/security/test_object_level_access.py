"""Threat: an id of somebody else's, in a path, a query, a body, a payload or a key."""

import json
from base64 import urlsafe_b64encode

import pytest

SECRET = "the code of the safe is 4711"
KEY = {"Idempotency-Key": "a-key-of-carlas"}


@pytest.fixture
def theirs(api, customer, category):
    """Create a ticket of another customer with a comment and a message; return ids."""
    client = api(customer)
    form = {"category_id": category.id, "subject": SECRET, "priority": "low"}
    ticket = client.post("/api/tickets", json={**form, "description": SECRET}).json
    url = f"/api/tickets/{ticket['id']}"
    comment = client.post(f"{url}/comments", json={"content": SECRET}).json
    message = client.post(f"{url}/messages", json={"message": SECRET}, headers=KEY).json
    return {"t": ticket["id"], "c": comment["id"], "m": message["id"]}


@pytest.mark.parametrize(
    "query",
    [
        *("", "?assigned_to=me", "?assigned_to=none", "?category_id={category}"),
        *("?status=open,closed", "?sort=created_at", "?sort=-priority"),
        "?waiting_on=support",
    ],
)
def test_filters_of_a_list_never_select_tickets_of_others(
    api, stranger, theirs, category, query
):
    response = api(stranger).get(f"/api/tickets{query.format(category=category.id)}")

    assert (response.status_code, response.json["data"]) == (200, [])


@pytest.mark.parametrize("name", ["-created_at", "created_at"])
def test_forged_cursor_does_not_reach_tickets_of_others(api, stranger, theirs, name):
    place = [name, "2001-01-01T00:00:00+00:00", 1]
    if name.startswith("-"):
        place[1] = "2999-01-01T00:00:00+00:00"
    cursor = urlsafe_b64encode(json.dumps(place).encode()).decode()

    response = api(stranger).get(f"/api/tickets?sort={name}&cursor={cursor}")

    assert (response.status_code, response.json["data"]) == (200, [])


def test_idempotency_key_of_another_user_is_a_new_key(
    api, stranger, make_ticket, theirs
):
    own = make_ticket(stranger)
    body = {"message": "Mine"}

    response = api(stranger).post(
        f"/api/tickets/{own.id}/messages", json=body, headers=KEY
    )

    assert (response.status_code, response.json["message"]) == (201, "Mine")


@pytest.mark.parametrize("field", ["category_id", "assigned_to"])
def test_id_in_a_body_that_does_not_exist_is_refused(api, admin, theirs, field):
    client, url = api(admin), f"/api/tickets/{theirs['t']}"

    response = client.patch(url, json={field: 10**9})

    assert (response.status_code, list(response.json["errors"])) == (422, [field])


def test_customer_cannot_be_assigned_to_a_ticket(api, admin, customer, theirs):
    response = api(admin).patch(
        f"/api/tickets/{theirs['t']}", json={"assigned_to": customer.id}
    )

    assert (response.status_code, list(response.json["errors"])) == (
        422,
        ["assigned_to"],
    )


def test_reading_up_to_a_message_of_another_ticket_does_not_mark_it(
    api, stranger, admin, make_ticket, theirs
):
    own = make_ticket(stranger)
    client, url = api(stranger), f"/api/tickets/{own.id}/messages/read"

    response = client.post(url, json={"up_to": theirs["m"]})

    seen = api(admin).get(f"/api/messages/{theirs['m']}").json
    assert (response.status_code, seen["is_read"]) == (200, False)
