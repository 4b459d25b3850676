"""GET /api/categories"""

import pytest

from ticketing.categories.models import Category


@pytest.fixture
def categories(save):
    """Several categories, stored in another order than that of their names."""
    names = ["éclairs", "Billing", "zebra", "apples", "Ｃｏｄｅ", "日本"]
    for number, name in enumerate(names):
        save(Category(name=name, slug=f"slug-{number}"))
    return ["apples", "Billing", "Ｃｏｄｅ", "zebra", "éclairs", "日本"]


def test_every_user_lists_categories_ordered_by_name(api, customer, admin, categories):
    for user in (customer, admin):
        response = api(user).get("/api/categories")

        listed = [category["name"] for category in response.json["data"]]
        assert (response.status_code, listed) == (200, categories)
        assert response.json["next"] is None
        assert "Link" not in response.headers


def test_a_listed_category_has_all_fields(api, customer, category):
    (shown,) = api(customer).get("/api/categories").json["data"]

    assert shown == api(customer).get(f"/api/categories/{category.id}").json
    assert set(shown) == {
        "id",
        "name",
        "slug",
        "description",
        "created_at",
        "updated_at",
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 100])
def test_pages_of_categories_contain_every_category_once(
    api, customer, categories, limit
):
    client, url, listed = api(customer), f"/api/categories?limit={limit}", []

    while url:
        response = client.get(url)
        listed += [category["name"] for category in response.json["data"]]
        assert len(response.json["data"]) <= limit
        link = response.headers.get("Link", "")
        assert (response.json["next"] is None) == (link == "")
        url = link and link.split(">")[0].lstrip("<")

    assert listed == categories


def test_a_page_of_categories_has_25_by_default(api, customer, save):
    for number in range(26):
        save(Category(name=f"Category {number:02}", slug=f"category-{number}"))

    page = api(customer).get("/api/categories").json
    rest = api(customer).get("/api/categories", query_string={"cursor": page["next"]})

    assert len(page["data"]) == 25
    assert [category["name"] for category in rest.json["data"]] == ["Category 25"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=WzEsMiwzXQ==", "cursor"),
        ("name=x", "name"),
    ],
)
def test_listing_categories_names_the_invalid_parameter(api, customer, query, field):
    response = api(customer).get(f"/api/categories?{query}")

    assert (response.status_code, list(response.json["errors"])) == (422, [field])


def test_a_cursor_of_another_list_is_refused(api, admin, colleague):
    cursor = api(admin).get("/api/users?limit=1").json["next"]

    response = api(admin).get("/api/categories", query_string={"cursor": cursor})

    assert (response.status_code, list(response.json["errors"])) == (422, ["cursor"])
