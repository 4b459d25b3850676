"""GET /tickets?sla= and ?sort=due_at, and the view of what is overdue"""

import pytest

from ticketing.core import counts

STATES = ("running", "paused", "met", "missed", "overdue")


@pytest.fixture
def listed(api, admin):
    """Return the ids that a list of tickets has."""

    def listed(query, user=admin):
        page = api(user).get(f"/api/tickets?{query}&limit=100").json["data"]
        return [ticket["id"] for ticket in page]

    return listed


@pytest.fixture
def tickets(clock, api, customer, admin, add_policy, opened):
    """Let tickets come into every state; return their ids by what they are."""
    add_policy(name="high", priority=["high"], first_response=60, resolution=240)
    add_policy(name="urgent", priority=["urgent"], position=1, resolution=480)
    urls = {"late": opened(), "late and closed": opened()}
    urls["without"] = opened(priority="low")
    clock.go_on(minutes=61)
    urls["answered"], urls["resolved"] = opened(), opened()
    urls["new"], urls["urgent"] = opened(), opened(priority="urgent")
    clock.go_on(minutes=1)
    for name in ("late and closed", "resolved"):
        api(admin).patch(urls[name], json={"status": "closed"})
    api(admin).post(f"{urls['answered']}/messages", json={"message": "Unplug it."})
    return {name: int(url.rpartition("/")[2]) for name, url in urls.items()}


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("running", {"late", "new", "urgent"}),
        ("paused", {"answered"}),
        ("met", {"answered", "late and closed", "resolved"}),
        ("missed", {"late", "late and closed"}),
        ("overdue", {"late"}),
    ],
)
def test_the_filter_sla_selects_tickets_of_which_any_target_has_the_state(
    listed, tickets, monkeypatch, state, expected, many
):
    if many:  # as if each state had more tickets than are counted
        monkeypatch.setattr("ticketing.tickets.targets.MAX_COUNT", 1)
        monkeypatch.setattr(counts, "MAX_COUNT", 1)

    for sort in ("-created_at", "created_at", "waiting_since", "-priority", "due_at"):
        found = listed(f"sla={state}&sort={sort}")
        assert {name for name, number in tickets.items() if number in found} == expected
        assert len(found) == len(expected)


def test_the_filter_sla_agrees_with_the_field_sla_at_any_time(
    api, admin, clock, listed, tickets, opened
):
    for _ in range(6):
        clock.go_on(minutes=59, seconds=30)
        shown = api(admin).get("/api/tickets?limit=100").json["data"]
        for state in STATES[:4]:
            having = {ticket["id"] for ticket in shown if _has(ticket["sla"], state)}
            assert set(listed(f"sla={state}")) == having
        assert set(listed("sla=overdue")) == {t["id"] for t in shown if _is_late(t)}


def _targets(sla):
    names = ("first_response", "next_response", "resolution")
    return [sla[name] for name in names if sla[name]] if sla else []


def _has(sla, state):
    return any(target["state"] == state for target in _targets(sla))


def _is_late(ticket):
    return any(
        target["state"] == "missed" and not target["done_at"]
        for target in _targets(ticket["sla"])
    )


def test_tickets_sorted_by_due_at_begin_with_the_earliest_and_end_with_none(
    listed, tickets
):
    found = listed("sort=due_at")

    due = [tickets["late"], tickets["new"], tickets["urgent"]]
    assert found[:3] == due
    assert set(found[3:]) == set(tickets.values()) - set(due)
    unfinished = listed("sort=due_at&status=open,in_progress")
    assert unfinished[:3] == due
    assert set(unfinished) == set(found) - {
        *(tickets["resolved"], tickets["late and closed"])
    }


def test_resolved_tickets_come_last_among_those_without_due_at(
    api, admin, tickets, listed, opened, recompute
):
    urls = [opened(priority="low") for _ in range(3)]
    for status in ("resolved", "open", "closed"):
        api(admin).patch(urls[0], json={"status": status})
    for status in ("resolved", "open"):
        api(admin).patch(urls[1], json={"status": status})
    ids = [int(url.rpartition("/")[2]) for url in urls]

    found = listed("sort=due_at")

    ended = [tickets["late and closed"], tickets["resolved"], ids[0]]
    assert found[-3:] == ended
    unfinished = listed("sort=due_at&status=open,in_progress")
    assert unfinished == found[:-3]
    assert {ids[1], ids[2]} < set(unfinished)
    assert recompute() == []


def test_order_by_due_at_has_pages(api, admin, tickets, listed):
    found, cursor = [], None

    while True:
        query = {"sort": "due_at", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = api(admin).get("/api/tickets", query_string=query).json
        found += [ticket["id"] for ticket in page["data"]]
        cursor = page["next"]
        if not cursor:
            break

    assert found == listed("sort=due_at")


def test_the_built_in_view_overdue_lists_overdue_tickets(api, admin, tickets, listed):
    [view] = [
        view
        for view in api(admin).get("/api/views").json["data"]
        if view["key"] == "overdue"
    ]

    assert view["query"] == {
        "status": "open,in_progress",
        "sla": "overdue",
        "sort": "due_at",
    }
    assert view["count"] == 1
    query = "status=open,in_progress&sla=overdue&sort=due_at"
    assert listed(query) == [tickets["late"]]


def test_saved_views_may_filter_by_the_state_of_targets(api, admin, tickets):
    body = {"name": "Missed", "query": {"sla": "missed", "sort": "due_at"}}

    saved = api(admin).post("/api/views", json=body)

    assert saved.status_code == 201
    assert saved.json["count"] == 2


def test_the_filter_sla_combines_with_other_filters_and_a_search(
    api, admin, customer, tickets, listed
):
    assert listed("sla=missed&status=closed") == [tickets["late and closed"]]
    assert set(listed("sla=missed&q=printer")) == {
        *(tickets["late"], tickets["late and closed"])
    }


@pytest.mark.parametrize("query", ["sla=late", "sla=running,met", "sort=-due_at"])
def test_an_unknown_state_of_the_filter_sla_is_refused(api, admin, query):
    response = api(admin).get(f"/api/tickets?{query}")

    assert response.status_code == 422


@pytest.mark.parametrize("query", ["sla=overdue", "sort=due_at"])
def test_customers_may_neither_filter_by_sla_nor_sort_by_due_at(api, customer, query):
    response = api(customer).get(f"/api/tickets?{query}")

    assert (response.status_code, response.json["code"]) == (403, "forbidden")
