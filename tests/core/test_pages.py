"""Pages of lists and conversations, and their cursors."""

import json
from base64 import urlsafe_b64encode

import pytest

from ticketing.categories.models import Category
from ticketing.comments.models import Comment


def forge(*place):
    return urlsafe_b64encode(json.dumps(place).encode()).decode()


@pytest.fixture
def names(save):
    """Five categories, out of order."""
    for name in ("Mice", "Apps", "Zips", "Keys", "Bugs"):
        save(Category(name=name, slug=name.lower()))
    return ["Apps", "Bugs", "Keys", "Mice", "Zips"]


def follow(client, url):
    """Return the items of each page, following the links to the end."""
    pages = []
    while url:
        response = client.get(url)
        assert response.status_code == 200
        pages.append(response.json["data"])
        link = response.headers.get("Link", "")
        assert bool(link) == (response.json["next"] is not None)
        url = link.removeprefix("<").removesuffix('>; rel="next"')
    return pages


@pytest.mark.parametrize(
    ("limit", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (4, [4, 1]), (5, [5]), (6, [5])]
)
def test_pages_of_a_feed_hold_each_item_once(api, customer, names, limit, sizes):
    pages = follow(api(customer), f"/api/categories?limit={limit}")

    assert [len(page) for page in pages] == sizes
    assert [item["name"] for page in pages for item in page] == names


def test_next_is_the_cursor_of_the_link(api, customer, names):
    client = api(customer)
    first = client.get("/api/categories?limit=2")

    second = client.get(
        "/api/categories", query_string={"limit": 2, "cursor": first.json["next"]}
    )

    assert [item["name"] for item in second.json["data"]] == names[2:4]
    assert first.headers["Link"].startswith("</api/categories?")


def test_the_next_link_starts_with_the_path_of_the_application(api, customer, names):
    response = api(customer).get(
        "/api/categories?limit=2", environ_overrides={"SCRIPT_NAME": "/help desk"}
    )

    assert response.headers["Link"].startswith("</help%20desk/api/categories?")


def test_items_added_while_paging_neither_repeat_nor_hide_others(
    api, save, customer, names
):
    client = api(customer)
    first = client.get("/api/categories?limit=2")
    save(Category(name="Aaaa", slug="aaaa"))
    save(Category(name="Lamp", slug="lamp"))

    second = client.get(f"/api/categories?limit=9&cursor={first.json['next']}")

    shown = [item["name"] for item in second.json["data"]]
    assert shown == ["Keys", "Lamp", "Mice", "Zips"]


def test_the_next_link_keeps_the_filters(api, customer, make_ticket):
    for number in range(3):
        make_ticket(customer, subject=f"Fire {number}")

    response = api(customer).get("/api/tickets?limit=1&status=open&sort=created_at")
    rest = follow(api(customer), response.headers["Link"][1:].partition(">")[0])

    assert [[item["subject"] for item in page] for page in rest] == [
        ["Fire 1"],
        ["Fire 2"],
    ]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "====",
        "bm90IGpzb24=",
        forge(),
        forge(1),
        forge("-created_at", "2026-01-01T00:00:00+00:00", 0),
        forge("-created_at", "2026-01-01T00:00:00+00:00", 2**63),
        forge("-created_at", "2026-01-01T00:00:00+00:00", True),
        forge("-created_at", "2026-01-01T00:00:00+00:00", "1"),
        forge("-created_at", "2026-01-01T00:00:00", 1),
        forge("-created_at", "yesterday", 1),
        forge("-created_at", 7, 1),
        forge("-created_at", None, 1),
        forge("created_at", "2026-01-01T00:00:00+00:00", 1),
        forge(["-created_at"], {}, 1),
        urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
    ids=lambda cursor: cursor[:24],
)
def test_a_malformed_cursor_is_refused(api, customer, cursor):
    response = api(customer).get("/api/tickets", query_string={"cursor": cursor})

    assert (response.status_code, list(response.json["errors"])) == (422, ["cursor"])


@pytest.mark.parametrize("query", ["", "?limit=&cursor=&status=", "?sort=%20"])
def test_a_query_parameter_without_a_value_is_ignored(api, customer, ticket, query):
    response = api(customer).get(f"/api/tickets{query}")

    assert (response.status_code, len(response.json["data"])) == (200, 1)


@pytest.mark.parametrize("limit", ["0", "-1", "101", "ten", "1.5", "9" * 30])
@pytest.mark.parametrize(
    "path", ["categories", "tickets", "tickets/{}/comments", "tickets/{}/events"]
)
def test_a_limit_is_1_to_100(api, customer, ticket, path, limit):
    response = api(customer).get(f"/api/{path.format(ticket.id)}?limit={limit}")

    assert (response.status_code, list(response.json["errors"])) == (422, ["limit"])


def test_a_conversation_goes_both_ways(api, save, customer, ticket):
    url = f"/api/tickets/{ticket.id}/comments"
    ids = [
        save(Comment(ticket_id=ticket.id, user_id=customer.id, content="!")).id
        for _ in range(5)
    ]

    def pages(query):
        found = follow(api(customer), f"{url}?limit=2{query}")
        return [[item["id"] for item in page] for page in found]

    assert pages("") == pages(f"&before={2**63 - 1}") == [ids[3:], ids[1:3], ids[:1]]
    assert pages("&after=0") == [ids[:2], ids[2:4], ids[4:]]
    assert pages(f"&after={ids[4]}") == pages("&before=0") == [[]]


def test_following_a_page_forward_finds_what_came_since(api, save, customer, ticket):
    def add(text):
        comment = Comment(ticket_id=ticket.id, user_id=customer.id, content=text)
        return save(comment).id

    url, first = f"/api/tickets/{ticket.id}/comments", add("one")
    api(customer).get(f"{url}?after=0")
    second = add("two")

    response = api(customer).get(f"{url}?after={first}")

    assert [item["id"] for item in response.json["data"]] == [second]
    assert response.json["next"] is None


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/api/users", ["id", 10**30, 1]),
        ("/api/users", ["id", -(10**30), 1]),
        ("/api/categories", ["name", "\ud800", 1]),
        ("/api/tickets", ["-created_at", "0001-01-01T00:00:00+23:59", 1]),
    ],
)
def test_a_forged_cursor_is_refused(api, admin, path, place):
    cursor = urlsafe_b64encode(json.dumps(place).encode()).decode()

    response = api(admin).get(path, query_string={"cursor": cursor})

    assert (response.status_code, list(response.json["errors"])) == (422, ["cursor"])
