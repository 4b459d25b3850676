"""GET /api/me"""


def test_customers_see_themselves(api, customer):
    response = api(customer).get("/api/me")

    assert response.status_code == 200
    assert response.json == {
        "id": customer.id,
        "name": "Carla",
        "email": "carla@example.org",
        "role": "customer",
        "created_at": customer.created_at.isoformat(timespec="microseconds"),
        "updated_at": customer.updated_at.isoformat(timespec="microseconds"),
    }


def test_admins_see_that_they_are_active(api, admin):
    response = api(admin).get("/api/me")

    assert (response.json["role"], response.json["active"]) == ("admin", True)
