"""PUT and PATCH /api/categories/<id>"""

import pytest

from ticketing.categories.models import Category


@pytest.fixture
def url(category):
    return f"/api/categories/{category.id}"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"name": " Devices "}, {"name": "Devices", "slug": "devices"}),
        ({"description": "It has a plug."}, {"description": "It has a plug."}),
        ({"name": "HARDWARE"}, {"name": "HARDWARE", "slug": "hardware"}),
        ({"name": "Hårdware"}, {"name": "Hårdware", "slug": "hardware"}),
    ],
)
def test_editing_a_category_changes_only_the_fields_sent(
    api, admin, url, method, body, shown
):
    before = api(admin).get(url).json

    response = api(admin).open(url, method=method, json=body)

    after = response.json
    assert response.status_code == 200
    assert after == {**before, **shown, "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]
    assert api(admin).get(url).json == after


@pytest.mark.parametrize("description", [None, " "])
def test_the_description_of_a_category_can_be_removed(api, admin, url, description):
    api(admin).put(url, json={"description": "It has a plug."})

    response = api(admin).put(url, json={"description": description})

    assert response.json["description"] is None
    assert response.json["name"] == "Hardware"


@pytest.mark.parametrize("body", [{}, {"name": "Hardware"}, {"description": None}])
def test_editing_a_category_without_a_change_keeps_updated_at(api, admin, url, body):
    before = api(admin).get(url).json

    response = api(admin).put(url, json=body)

    assert (response.status_code, response.json) == (200, before)


def test_renaming_a_category_does_not_reuse_the_slug_of_another(api, admin, url, save):
    save(Category(name="C", slug="c"))

    response = api(admin).put(url, json={"name": "C#"})

    assert response.json["slug"] == "c-2"


@pytest.mark.parametrize("name", ["Billing", "BILLING", "ｂｉｌｌｉｎｇ"])
def test_renaming_a_category_to_a_taken_name_is_refused(api, admin, url, save, name):
    save(Category(name="Billing", slug="billing"))
    before = api(admin).get(url).json

    response = api(admin).put(url, json={"name": name, "description": "New."})

    assert (response.status_code, list(response.json["errors"])) == (422, ["name"])
    assert api(admin).get(url).json == before


def test_tickets_show_the_new_name_of_their_category(api, admin, customer, url, ticket):
    api(admin).put(url, json={"name": "Devices"})

    shown = api(customer).get(f"/api/tickets/{ticket.id}").json["category"]
    assert (shown["name"], shown["slug"]) == ("Devices", "devices")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "ß" * 128}, "name"),
        ({"description": "x" * 10_001}, "description"),
        ({"description": 7}, "description"),
        ({"slug": "mine"}, "slug"),
        ({"created_at": "2020-01-01T00:00:00+00:00"}, "created_at"),
    ],
)
def test_editing_a_category_names_the_invalid_field(api, admin, url, body, field):
    response = api(admin).put(url, json=body)

    assert (response.status_code, response.json["code"]) == (422, "invalid")
    assert list(response.json["errors"]) == [field]
