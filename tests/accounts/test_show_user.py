"""GET /api/users/<id>"""

import pytest


def test_admins_see_anyone(api, admin, customer):
    response = api(admin).get(f"/api/users/{customer.id}")

    assert response.status_code == 200
    assert response.json["email"] == "carla@example.org"
    assert response.json["active"] is True
    assert response.json in api(admin).get("/api/users").json["data"]


@pytest.mark.parametrize("number", ["0", "-1", 2**63 - 1, 2**63, "me"])
def test_there_is_no_such_user(api, admin, number):
    response = api(admin).get(f"/api/users/{number}")

    assert (response.status_code, response.json["code"]) == (404, "not_found")


def test_others_see_none(api, anyone, customer):
    url = f"/api/users/{customer.id}"

    assert anyone.get(url).status_code == 401
    assert api(customer).get(url).status_code == 403
    assert api(customer).get(f"/api/users/{10**18 - 1}").status_code == 403


def test_people_on_tickets_have_no_email(api, admin, customer, ticket):
    for viewer in (customer, admin):
        person = api(viewer).get(f"/api/tickets/{ticket.id}").json["user"]

        assert person == {"id": customer.id, "name": "Carla", "role": "customer"}
