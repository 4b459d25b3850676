"""GET /tags"""

import pytest

from ticketing.core import counts

URL = "/api/tags"


@pytest.fixture
def tag(api, admin, make_ticket, customer):
    """Open a ticket with tags."""

    def tag(*tags):
        ticket = make_ticket(customer)
        url = f"/api/tickets/{ticket.id}"
        assert api(admin).put(f"{url}/tags", json={"tags": tags}).status_code == 200
        return url

    return tag


@pytest.fixture
def listed(api, admin):
    """Return the list of tags, as names and counts."""

    def listed(**query):
        data = api(admin).get(URL, query_string=query).json["data"]
        return [(tag["name"], tag["count"]) for tag in data]

    return listed


def test_tags_are_listed_by_name_with_the_number_of_their_tickets(tag, listed):
    tag("VIP", "refund")
    tag("refund", "Ärger")

    assert listed() == [("refund", 2), ("VIP", 1), ("Ärger", 1)]


def test_tag_that_no_ticket_has_any_longer_is_not_listed(tag, listed, api, admin):
    url = tag("refund", "typo")

    api(admin).put(f"{url}/tags", json={"tags": ["refund"]})

    assert listed() == [("refund", 1)]


@pytest.mark.parametrize("q", ["FUN", "ｆｕｎ", "refund"])
def test_q_is_a_part_of_the_tag_in_any_case_and_width(tag, listed, q):
    tag("Refund", "late")

    assert listed(q=q) == [("Refund", 1)]


@pytest.mark.parametrize("q", ["%", "_", "\\", "*", "'"])
def test_every_character_of_q_is_matched_literally_in_tags(tag, listed, q):
    tag("late", f"a{q}b")

    assert listed(q=q) == [(f"a{q}b", 1)]


def test_the_list_of_tags_has_pages(tag, api, admin):
    tag("a", "b", "c")

    first = api(admin).get(f"{URL}?limit=2").json
    second = api(admin).get(f"{URL}?limit=2&cursor={first['next']}").json

    assert [tag["name"] for tag in first["data"]] == ["a", "b"]
    assert [tag["name"] for tag in second["data"]] == ["c"]
    assert second["next"] is None


def test_the_count_of_a_tag_ends_at_its_limit(tag, listed, monkeypatch):
    monkeypatch.setattr(counts, "MAX_COUNT", 2)
    for _ in range(3):
        tag("refund")

    assert listed() == [("refund", 2)]
