"""GET /api/users/<id>"""


def test_admins_see_any_user(api, admin, customer):
    response = api(admin).get(f"/api/users/{customer.id}")

    assert response.status_code == 200
    assert response.json["email"] == "carla@example.org"
    assert response.json["active"] is True
    assert response.json in api(admin).get("/api/users").json["data"]


def test_users_nested_in_tickets_have_no_email(api, admin, customer, ticket):
    for viewer in (customer, admin):
        person = api(viewer).get(f"/api/tickets/{ticket.id}").json["user"]

        assert person == {"id": customer.id, "name": "Carla", "role": "customer"}
