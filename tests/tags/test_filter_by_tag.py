"""GET /tickets?tag="""

import pytest

from ticketing.core import counts
from ticketing.tags import queries

URL = "/api/tickets"


@pytest.fixture
def tagged(api, admin, make_ticket, customer):
    """Open a ticket with tags; return its id."""

    def tagged(*tags, **fields):
        ticket = make_ticket(customer, **fields)
        api(admin).put(f"{URL}/{ticket.id}/tags", json={"tags": tags})
        return ticket.id

    return tagged


@pytest.fixture
def found(api, admin):
    """Return the ids of the tickets that match a filter."""

    def found(**query):
        response = api(admin).get(URL, query_string=query)
        assert response.status_code == 200
        return [ticket["id"] for ticket in response.json["data"]]

    return found


def test_only_tickets_that_have_all_of_the_tags_are_listed(tagged, found):
    both, one = tagged("refund", "VIP"), tagged("refund", "late")
    tagged("late")
    tagged()

    assert found(tag="refund") == [one, both]
    assert found(tag="refund,vip") == [both]
    assert found(tag="REFUND, ｒefund") == [one, both]


def test_tags_that_many_tickets_have_are_found_in_every_order(
    tagged, found, monkeypatch
):
    monkeypatch.setattr(queries, "MAX_COUNT", 2)
    monkeypatch.setattr(counts, "MAX_COUNT", 2)
    ids = [tagged("refund", "VIP") for _ in range(3)]
    tagged("refund")
    tagged("VIP")

    assert found(tag="refund,vip") == ids[::-1]
    assert found(tag="refund,vip", sort="created_at") == ids
    assert found(tag="refund,vip", sort="-priority", status="open") == ids[::-1]


def test_tag_that_no_ticket_has_finds_nothing(tagged, found):
    tagged("refund")

    assert found(tag="unknown") == []
    assert found(tag="refund,unknown") == []
    assert found(tag="ref") == []
    assert found(tag="%") == []


def test_the_filter_tag_combines_with_others(tagged, found):
    wanted = tagged("refund", priority="high")
    tagged("refund", priority="low")
    tagged("late", priority="high")

    assert found(tag="refund", priority="high,urgent") == [wanted]
    assert found(tag="refund", status="closed") == []


def test_a_list_filtered_by_tag_has_pages(tagged, found, api, admin):
    ids = [tagged("refund") for _ in range(3)]

    first = api(admin).get(f"{URL}?tag=refund&limit=2").json

    assert [ticket["id"] for ticket in first["data"]] == ids[:0:-1]
    assert found(tag="refund", limit=2, cursor=first["next"]) == ids[:1]


def test_empty_tag_filters_nothing(tagged, found):
    ticket_id = tagged("refund")

    assert found(tag="") == [ticket_id]


@pytest.mark.parametrize(
    "tag", ["a,,b", ",", "x" * 41, "a\nb", ",".join(f"t{n}" for n in range(21))]
)
def test_an_invalid_tag_in_a_filter_is_refused(api, admin, tag):
    response = api(admin).get(URL, query_string={"tag": tag})

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["tag"]


def test_customers_may_not_filter_by_tag(api, customer, tagged):
    tagged("refund")

    response = api(customer).get(f"{URL}?tag=refund")

    assert response.status_code == 403
    assert response.json["code"] == "forbidden"
