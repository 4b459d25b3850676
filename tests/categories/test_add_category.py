"""POST /api/categories"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from ticketing.categories import service


@pytest.fixture
def add(api, admin):
    """Create a category as an admin."""

    def add(name, **fields):
        return api(admin).post("/api/categories", json={"name": name, **fields})

    return add


def test_admins_can_create_a_category(api, admin, customer):
    response = api(admin).post(
        "/api/categories", json={"name": " Bug Report ", "description": " It broke. "}
    )

    category = response.json
    assert response.status_code == 201
    assert category == {
        "id": category["id"],
        "name": "Bug Report",
        "slug": "bug-report",
        "description": "It broke.",
        "created_at": category["created_at"],
        "updated_at": category["created_at"],
    }
    assert response.headers["Location"] == f"/api/categories/{category['id']}"
    assert api(customer).get(response.headers["Location"]).json == category


@pytest.mark.parametrize("fields", [{}, {"description": None}, {"description": " "}])
def test_a_category_needs_no_description(add, fields):
    response = add("Billing", **fields)

    assert (response.status_code, response.json["description"]) == (201, None)


@pytest.mark.parametrize("name", ["x", "x" * 255, "李" * 255, "ß" * 127, "😀" * 255])
def test_a_category_name_may_have_255_characters_of_any_script(add, name):
    response = add(name, description="x" * 10_000)

    assert (response.status_code, response.json["name"]) == (201, name)


@pytest.mark.parametrize(
    "name", ["Hardware", "HARDWARE", " hardware ", "Ｈａｒｄｗａｒｅ"]
)
def test_category_names_are_unique_without_regard_to_case_and_width(
    add, category, name
):
    response = add(name)

    assert (response.status_code, list(response.json["errors"])) == (422, ["name"])


@pytest.mark.parametrize(("taken", "name"), [("Größe", "GRÖSSE"), ("ΣΟΦΟΣ", "σοφος")])
def test_category_names_are_unique_without_regard_to_case_in_every_script(
    add, taken, name
):
    assert add(taken).status_code == 201
    assert add(name).status_code == 422


def test_category_names_that_differ_in_accents_are_distinct(add):
    assert add("Resume").json["slug"] == "resume"
    assert add("Résumé").json["slug"] == "resume-2"


def test_a_category_slug_that_is_taken_gets_a_number(add, category):
    slugs = [add(name).json["slug"] for name in ("C", "C++", "C#", "Hard-ware", "c 2")]

    assert slugs == ["c", "c-2", "c-3", "hard-ware", "c-2-2"]


def test_one_of_two_concurrent_categories_with_one_name_is_created(
    api, admin, monkeypatch
):
    together, add_category = Barrier(2), service.add_category

    def add_together(**fields):
        together.wait(10)
        return add_category(**fields)

    monkeypatch.setattr(service, "add_category", add_together)
    clients = [api(admin), api(admin)]

    with ThreadPoolExecutor(2) as pool:
        sent = [
            pool.submit(client.post, "/api/categories", json={"name": "Billing"})
            for client in clients
        ]
        statuses = sorted(each.result().status_code for each in sent)

    assert statuses == [201, 422]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": "  "}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "ß" * 128}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "ok", "description": "x" * 10_001}, "description"),
        ({"name": "ok", "description": ["x"]}, "description"),
        ({"name": "ok", "slug": "mine"}, "slug"),
        ({"name": "ok", "id": 1}, "id"),
        ({"name": "ok", "color": "red"}, "color"),
        ([], "_schema"),
    ],
)
def test_creating_a_category_names_the_invalid_field(api, admin, body, field):
    response = api(admin).post("/api/categories", json=body)

    assert (response.status_code, response.json["code"]) == (422, "invalid")
    assert list(response.json["errors"]) == [field]
