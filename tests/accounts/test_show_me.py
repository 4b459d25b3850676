"""GET /api/me"""


def test_customers_see_their_own_account_without_active(api, customer):
    response = api(customer).get("/api/me")

    assert response.status_code == 200
    assert response.json == {
        "id": customer.id,
        "name": "Carla",
        "email": "carla@example.org",
        "email_confirmed": True,
        "role": "customer",
        "locale": None,
        "time_zone": None,
        "created_at": customer.created_at.isoformat(timespec="microseconds"),
        "updated_at": customer.updated_at.isoformat(timespec="microseconds"),
    }


def test_admins_see_active_in_their_own_account(api, admin):
    response = api(admin).get("/api/me")

    assert (response.json["role"], response.json["active"]) == ("admin", True)
