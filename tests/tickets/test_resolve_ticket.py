"""PUT and PATCH /api/tickets/<id>: a customer says that their ticket is resolved."""

import pytest

from ticketing.tickets.models import Status

RESOLVED = {"status": "resolved"}


@pytest.mark.parametrize("method", ["put", "patch"])
@pytest.mark.parametrize("status", [Status.OPEN, Status.IN_PROGRESS])
def test_customers_can_resolve_their_own_ticket(
    api, make_ticket, customer, method, status
):
    url = f"/api/tickets/{make_ticket(customer, status=status).id}"
    client = api(customer)

    response = getattr(client, method)(url, json=RESOLVED)

    assert (response.status_code, response.json["status"]) == (200, "resolved")
    [entry] = client.get(f"{url}/events").json["data"]
    assert entry["name"] == "ticket.updated"
    assert entry["payload"]["changes"] == {"status": [status, "resolved"]}


def test_customers_can_resolve_their_ticket_by_a_form(api, customer, ticket):
    response = api(customer).patch(
        f"/api/tickets/{ticket.id}", data=RESOLVED, content_type="multipart/form-data"
    )

    assert (response.status_code, response.json["status"]) == (200, "resolved")


def test_resolving_a_resolved_ticket_changes_nothing(api, make_ticket, customer):
    url = f"/api/tickets/{make_ticket(customer, status=Status.RESOLVED).id}"
    before = api(customer).get(url)

    response = api(customer).patch(url, json=RESOLVED)

    assert (response.status_code, response.json) == (200, before.json)
    assert response.headers["ETag"] == before.headers["ETag"]
    assert api(customer).get(f"{url}/events").json["data"] == []


@pytest.mark.parametrize("before", list(Status))
@pytest.mark.parametrize("after", list(Status))
def test_customers_can_set_no_other_status(api, make_ticket, customer, before, after):
    url = f"/api/tickets/{make_ticket(customer, status=before).id}"
    allowed = after is Status.RESOLVED and before is not Status.CLOSED

    response = api(customer).patch(url, json={"status": after})

    assert response.status_code == (200 if allowed else 403)
    status = api(customer).get(url).json["status"]
    assert status == (after if allowed else before)


def test_customers_cannot_assign_a_ticket_as_they_resolve_it(api, customer, ticket):
    url = f"/api/tickets/{ticket.id}"

    response = api(customer).patch(url, json={**RESOLVED, "assigned_to": None})

    assert (response.status_code, response.json["code"]) == (403, "forbidden")
    assert api(customer).get(url).json["status"] == "open"


def test_strangers_cannot_resolve_a_ticket(api, stranger, ticket):
    response = api(stranger).patch(f"/api/tickets/{ticket.id}", json=RESOLVED)

    assert response.status_code == 404


def test_admins_who_opened_a_ticket_can_set_any_status(api, make_ticket, admin):
    url = f"/api/tickets/{make_ticket(admin, status=Status.CLOSED).id}"

    response = api(admin).patch(url, json={"status": "open"})

    assert (response.status_code, response.json["status"]) == (200, "open")
