"""PUT /api/tickets/{id}/rating"""

import pytest

from ticketing.tickets.models import Status


@pytest.fixture
def url(save, ticket):
    """Resolve the ticket; return its URL."""
    ticket.status = Status.RESOLVED
    return f"/api/tickets/{save(ticket).id}"


def events(client, url):
    return client.get(f"{url}/events").json["data"]


def test_customer_rates_a_resolved_ticket(api, live, heard, customer, admin, url):
    client, lobby = api(customer), live(admin)
    before = client.get(url)

    response = client.put(f"{url}/rating", json={"score": 4, "comment": " Kind. "})

    after = client.get(url)
    rating = response.json
    assert response.status_code == 200
    assert (rating["score"], rating["comment"]) == (4, "Kind.")
    assert before.json["rating"] is None
    assert after.json["rating"] == rating
    assert client.get("/api/tickets").json["data"][0]["rating"] == rating
    assert after.headers["ETag"] != before.headers["ETag"]
    [updated] = heard(lobby)
    assert (updated["name"], updated["actor_id"]) == ("ticket.updated", customer.id)
    assert updated["payload"]["rating"] == rating
    assert updated["payload"]["changes"] == {"rating": [None, rating]}
    assert events(client, url) == [updated]


@pytest.mark.parametrize(
    ("status", "expected"),
    [("open", 409), ("in_progress", 409), ("resolved", 200), ("closed", 200)],
)
def test_only_a_resolved_or_closed_ticket_is_rated(
    api, save, customer, ticket, status, expected
):
    ticket.status = Status(status)
    url = f"/api/tickets/{save(ticket).id}"

    response = api(customer).put(f"{url}/rating", json={"score": 1})

    assert response.status_code == expected
    assert (api(customer).get(url).json["rating"] is None) == (expected == 409)
    if expected == 409:
        assert response.json["code"] == "conflict"


def test_another_rating_replaces_the_first(api, customer, url):
    client = api(customer)
    first = client.put(f"{url}/rating", json={"score": 2, "comment": "Slow."}).json

    second = client.put(f"{url}/rating", json={"score": 5}).json

    assert second["comment"] is None
    assert second["created_at"] > first["created_at"]
    assert client.get(url).json["rating"] == second
    assert events(client, url)[-1]["payload"]["changes"] == {"rating": [first, second]}


@pytest.mark.parametrize("comment", [None, "Kind."])
def test_the_same_rating_again_changes_nothing(api, customer, url, comment):
    client, body = api(customer), {"score": 3, "comment": comment}
    first = client.put(f"{url}/rating", json=body)
    before = client.get(url)

    again = client.put(f"{url}/rating", json=body)

    assert (again.status_code, again.json) == (200, first.json)
    assert client.get(url).headers["ETag"] == before.headers["ETag"]
    assert len(events(client, url)) == 1


def test_a_reopened_ticket_keeps_its_rating(api, customer, url):
    client = api(customer)
    rating = client.put(f"{url}/rating", json={"score": 3}).json

    client.post(f"{url}/messages", json={"message": "Still burning."})

    ticket = client.get(url).json
    assert (ticket["status"], ticket["rating"]) == ("open", rating)
    assert client.put(f"{url}/rating", json={"score": 1}).status_code == 409


def test_an_admin_rates_only_a_ticket_of_their_own(api, make_ticket, admin, url):
    own = make_ticket(admin, status=Status.CLOSED)

    of_other = api(admin).put(f"{url}/rating", json={"score": 5})
    of_own = api(admin).put(f"/api/tickets/{own.id}/rating", json={"score": 5})

    assert (of_other.status_code, of_own.status_code) == (403, 200)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "score"),
        ({"score": 0}, "score"),
        ({"score": 6}, "score"),
        ({"score": 4.5}, "score"),
        ({"score": "5"}, "score"),
        ({"score": 5, "comment": "x" * 1001}, "comment"),
        ({"score": 5, "stars": 5}, "stars"),
    ],
)
def test_an_invalid_rating_is_refused_naming_the_field(api, customer, url, body, field):
    response = api(customer).put(f"{url}/rating", json=body)

    assert response.status_code == 422
    assert set(response.json["errors"]) == {field}


def test_a_rating_cannot_be_set_with_the_ticket(api, admin, url):
    response = api(admin).patch(url, json={"rating": {"score": 5}})

    assert response.status_code == 422
    assert set(response.json["errors"]) == {"rating"}
