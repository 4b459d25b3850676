"""GET /api/tickets/<id>/comments"""

import pytest

from ticketing.comments.models import Comment


def test_listed_comments_have_their_users(api, customer, ticket, comment):
    response = api(customer).get(f"/api/tickets/{ticket.id}/comments")

    assert response.status_code == 200
    assert response.json == {
        "data": [
            {
                "id": comment.id,
                "ticket_id": ticket.id,
                "user_id": customer.id,
                "user": {"id": customer.id, "name": "Carla", "role": "customer"},
                "content": "Still burning.",
                "internal": False,
                "files": [],
                "created_at": comment.created_at.isoformat(timespec="microseconds"),
                "updated_at": comment.updated_at.isoformat(timespec="microseconds"),
            }
        ],
        "next": None,
    }


def test_only_the_comments_of_the_ticket_are_listed(
    api, save, customer, make_ticket, ticket, comment
):
    other = make_ticket(customer)
    there = save(Comment(ticket_id=other.id, user_id=customer.id, content="There."))

    data = api(customer).get(f"/api/tickets/{other.id}/comments").json["data"]

    assert [item["id"] for item in data] == [there.id]


@pytest.fixture
def ids(save, customer, ticket):
    """Five comments, in the order they were written."""
    return [
        save(Comment(ticket_id=ticket.id, user_id=customer.id, content=text)).id
        for text in ("one", "two", "three", "four", "five")
    ]


def follow(client, url):
    """Return the ids on each page, following the links, which repeat ``next``."""
    pages = []
    while url:
        response = client.get(url)
        pages.append([item["id"] for item in response.json["data"]])
        link = response.headers.get("Link", "")
        url = link.removeprefix("<").removesuffix('>; rel="next"')
        assert str(response.json["next"] or "") == url.rpartition("=")[2]
    return pages


def test_pages_of_comments_go_backward_from_the_newest_by_default(
    api, customer, ticket, ids
):
    pages = follow(api(customer), f"/api/tickets/{ticket.id}/comments?limit=2")

    assert pages == [ids[3:], ids[1:3], ids[:1]]


def test_before_lists_the_comments_before_an_id(api, customer, ticket, ids):
    url = f"/api/tickets/{ticket.id}/comments?limit=2&before={ids[3]}"

    assert follow(api(customer), url) == [ids[1:3], ids[:1]]


def test_after_lists_the_comments_after_an_id(api, customer, ticket, ids):
    url = f"/api/tickets/{ticket.id}/comments?limit=2&after={ids[0]}"

    assert follow(api(customer), url) == [ids[1:3], ids[3:]]


def test_a_page_of_comments_has_25_by_default(api, save, customer, ticket):
    for number in range(26):
        save(Comment(ticket_id=ticket.id, user_id=customer.id, content=str(number)))

    response = api(customer).get(f"/api/tickets/{ticket.id}/comments")

    shown = [item["content"] for item in response.json["data"]]
    assert shown == [str(number) for number in range(1, 26)]
    assert response.json["next"] == response.json["data"][0]["id"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("limit=1&limit=2", "limit"),
        ("after=x", "after"),
        ("after=-1", "after"),
        (f"after={2**63}", "after"),
        ("before=1.5", "before"),
        ("after=1&before=9", "before"),
        ("page=2", "page"),
    ],
)
def test_listing_comments_names_the_invalid_parameter(
    api, customer, ticket, query, field
):
    response = api(customer).get(f"/api/tickets/{ticket.id}/comments?{query}")

    assert (response.status_code, response.json["code"]) == (422, "invalid")
    assert list(response.json["errors"]) == [field]
