"""DELETE /api/categories/<id>"""

import pytest

from ticketing.tickets.models import Status


@pytest.fixture
def url(category):
    return f"/api/categories/{category.id}"


def test_admins_can_delete_a_category_that_no_ticket_uses(api, admin, url):
    response = api(admin).delete(url)

    assert (response.status_code, response.data) == (204, b"")
    assert api(admin).get(url).status_code == 404
    assert api(admin).delete(url).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_deleting_a_category_that_tickets_use_is_a_conflict(
    api, admin, customer, url, make_ticket, count
):
    tickets = [make_ticket(customer, status=Status.CLOSED) for _ in range(count)]

    response = api(admin).delete(url)

    assert (response.status_code, response.json["code"]) == (409, "category_in_use")
    assert str(count) in response.json["message"]
    assert api(admin).get(url).status_code == 200
    for ticket in tickets:
        assert api(customer).get(f"/api/tickets/{ticket.id}").status_code == 200


def test_a_category_can_be_deleted_once_its_tickets_are_deleted(
    api, admin, customer, url, ticket
):
    api(customer).delete(f"/api/tickets/{ticket.id}")

    assert api(admin).delete(url).status_code == 204


def test_name_and_slug_of_a_deleted_category_can_be_used_again(
    api, admin, url, category
):
    api(admin).delete(url)

    again = api(admin).post("/api/categories", json={"name": "Hardware"}).json

    assert again["slug"] == "hardware"
    assert again["id"] != category.id
