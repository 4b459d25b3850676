"""GET /views"""

import pytest

from ticketing.core import counts
from ticketing.tickets.models import Side, Status

URL = "/api/views"
BUILT_IN = {
    "needs_answer": "status=open,in_progress&waiting_on=support&sort=waiting_since",
    "mine": "status=open,in_progress&assigned_to=me",
    "unassigned": "status=open,in_progress&assigned_to=none",
    "waiting_for_customer": "status=open,in_progress&waiting_on=customer",
    "overdue": "status=open,in_progress&sla=overdue&sort=due_at",
    "resolved": "status=resolved",
    "all": "",
}


@pytest.fixture
def tickets(make_ticket, customer, stranger, admin, colleague):
    """Store tickets of two customers, in every status, waiting on either side."""
    for status in Status:
        make_ticket(customer, status=status)
        make_ticket(customer, status=status, assigned_to=admin.id)
        make_ticket(stranger, status=status, assigned_to=colleague.id)
        make_ticket(stranger, status=status, waiting_on=Side.CUSTOMER)


@pytest.fixture
def number_listed(api):
    """Return how many tickets a user's list has for the query of a view."""

    def number_listed(user, query):
        given = {**query, "limit": 100}
        return len(api(user).get("/api/tickets", query_string=given).json["data"])

    return number_listed


def text_of(query):
    return "&".join(f"{name}={value}" for name, value in query.items())


def test_admins_have_the_built_in_views_of_support(views, admin):
    listed = views(admin)

    assert {view["key"]: text_of(view["query"]) for view in listed} == BUILT_IN
    assert [view["key"] for view in listed] == list(BUILT_IN)
    assert all(view["id"] is None and not view["shared"] for view in listed)


def test_customers_have_the_built_in_views_of_their_own_tickets(
    views, customer, admin, save_view
):
    save_view(admin, shared=True)

    listed = views(customer)

    assert {view["key"]: text_of(view["query"]) for view in listed} == {
        "open": "status=open,in_progress,resolved",
        "closed": "status=closed",
    }


@pytest.mark.parametrize("who", ["customer", "stranger", "admin", "colleague"])
def test_the_count_of_a_view_is_the_number_of_tickets_in_its_list(
    views, number_listed, tickets, save_view, admin, request, who
):
    user = request.getfixturevalue(who)
    save_view(admin, shared=True, priority="medium,high", assigned_to="me")

    listed = views(user)

    assert [view["count"] for view in listed] == [
        number_listed(user, view["query"]) for view in listed
    ]
    assert any(view["count"] for view in listed)


def test_built_in_views_count_the_tickets_that_their_names_say(views, tickets, admin):
    counted = {view["key"]: view["count"] for view in views(admin)}

    assert counted == {
        "needs_answer": 6,
        "mine": 2,
        "unassigned": 4,
        "waiting_for_customer": 2,
        "overdue": 0,
        "resolved": 4,
        "all": 16,
    }


def test_the_count_of_a_view_ends_at_its_limit(views, tickets, admin, monkeypatch):
    monkeypatch.setattr(counts, "MAX_COUNT", 5)

    counted = {view["key"]: view["count"] for view in views(admin)}

    assert counted["all"] == counted["needs_answer"] == 5
    assert counted["mine"] == 2


def test_shared_views_follow_the_built_in_ones_and_precede_ones_own(
    views, save_view, admin, colleague
):
    own = save_view(admin, "Own")
    shared = save_view(colleague, "Shared", shared=True)
    later = save_view(admin, "Later", shared=True)
    save_view(colleague, "Hidden")

    assert views(admin)[len(BUILT_IN) :] == [shared, later, own]


def test_me_in_a_shared_view_means_the_user_who_opens_it(
    views, save_view, tickets, admin, colleague
):
    save_view(admin, shared=True, assigned_to="me", status="closed")

    for user in (admin, colleague):
        assert views(user)[-1]["query"]["assigned_to"] == "me"
        assert views(user)[-1]["count"] == 1


def test_the_list_of_views_has_pages(api, views, save_view, admin, colleague):
    for number in range(3):
        save_view(admin, f"Own {number}")
        save_view(colleague, f"Shared {number}", shared=True)
    found, cursor = [], None

    while True:
        query = {"limit": 4} | ({"cursor": cursor} if cursor else {})
        page = api(admin).get(URL, query_string=query)
        found += page.json["data"]
        cursor = page.json["next"]
        assert ("Link" in page.headers) == bool(cursor)
        if not cursor:
            break

    assert found == views(admin)
    assert len(found) == len(BUILT_IN) + 6


def test_view_that_is_deleted_meanwhile_hides_no_other(
    api, views, save_view, admin
):
    saved = [save_view(admin, f"Own {number}") for number in range(3)]
    first = api(admin).get(URL, query_string={"limit": len(BUILT_IN) + 1}).json
    api(admin).delete(f"{URL}/{saved[0]['id']}")

    second = api(admin).get(URL, query_string={"cursor": first["next"]}).json

    assert second["data"] == saved[1:]


@pytest.mark.parametrize("cursor", ["3.1", "1", "1.x", "1.-1", "1.١", "9" * 30])
def test_an_invalid_cursor_of_the_list_of_views_is_refused(api, admin, cursor):
    response = api(admin).get(URL, query_string={"cursor": cursor})

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["cursor"]


def test_the_views_of_a_former_admin_are_not_listed(
    api, views, save_view, admin, colleague
):
    save_view(colleague, "Own")
    api(admin).patch(f"/api/users/{colleague.id}", json={"role": "customer"})

    assert [view["key"] for view in views(colleague)] == ["open", "closed"]


def test_view_whose_category_or_customer_does_not_exist_counts_nothing(
    api, views, save_view, admin, tickets
):
    category = api(admin).post("/api/categories", json={"name": "Gone"}).json["id"]
    save_view(admin, category_id=str(category))
    save_view(admin, user_id=str(10**17))
    save_view(admin, tag="unknown")
    api(admin).delete(f"/api/categories/{category}")

    assert [view["count"] for view in views(admin)[-3:]] == [0, 0, 0]
