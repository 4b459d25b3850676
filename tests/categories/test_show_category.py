"""GET /api/categories/<id>"""

import pytest


def test_everyone_sees_any(api, customer, admin, category):
    for user in (customer, admin):
        response = api(user).get(f"/api/categories/{category.id}")

        assert response.status_code == 200
        assert response.json == {
            "id": category.id,
            "name": "Hardware",
            "slug": "hardware",
            "description": None,
            "created_at": category.created_at.isoformat(timespec="microseconds"),
            "updated_at": category.updated_at.isoformat(timespec="microseconds"),
        }


@pytest.mark.parametrize("number", ["0", "-1", 10**18 - 1, 2**63, "hardware"])
def test_there_is_no_such_category(api, customer, number):
    response = api(customer).get(f"/api/categories/{number}")

    assert (response.status_code, response.json["code"]) == (404, "not_found")


def test_nobody_sees_any(anyone, category):
    response = anyone.get(f"/api/categories/{category.id}")

    assert (response.status_code, response.json["code"]) == (401, "unauthenticated")
