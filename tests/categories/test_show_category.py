"""GET /api/categories/<id>"""


def test_every_user_can_see_any_category(api, customer, admin, category):
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
