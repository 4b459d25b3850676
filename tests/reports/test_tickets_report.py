"""GET /api/reports/tickets"""

from datetime import UTC, datetime, timedelta

import pytest

from ticketing.accounts.models import Role
from ticketing.categories.models import Category
from ticketing.tickets.models import Priority, Status

URL = "/api/reports/tickets"
NONE = {"median": None, "p90": None, "count": 0}
NO_RATING = {"average": None, "count": 0}
NOTHING = {
    **dict.fromkeys(("opened", "resolved", "reopened", "backlog"), 0),
    **dict.fromkeys(("first_response_seconds", "resolution_seconds"), NONE),
    "sla": {"met": 0, "missed": 0},
    "rating": NO_RATING,
}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def report(api, admin):
    """Return a report to the admin."""
    client = api(admin)

    def report(query):
        response = client.get(f"{URL}?{query}")
        assert response.status_code == 200, response.json
        return response.json

    return report


@pytest.fixture
def opened(make_ticket, customer):
    """Store a ticket with the facts that a report counts."""

    def opened(when, *, resolved=None, answered=None, **fields):
        created_at = at(when)
        if resolved:
            fields["resolved_at"] = at(resolved)
            passed = fields["resolved_at"] - created_at
            fields["resolution_seconds"] = int(passed.total_seconds())
            fields["status"] = Status.CLOSED
        for name in ("reopened_at", "rated_at"):
            if name in fields:
                fields[name] = at(fields[name])
        return make_ticket(
            customer,
            created_at=created_at,
            first_response_seconds=answered,
            **fields,
        )

    return opened


def test_a_report_without_tickets_has_an_empty_row_for_each_date(report):
    found = report("from=2026-02-27&to=2026-03-01")

    dates = ["2026-02-27", "2026-02-28", "2026-03-01"]
    assert found == {
        "from": "2026-02-27",
        "to": "2026-03-01",
        "time_zone": "UTC",
        "totals": NOTHING,
        "data": [{"date": date} | NOTHING for date in dates],
        "next": None,
    }


def test_a_report_has_the_last_30_days_by_default(report, opened):
    today = datetime.now(UTC).date()
    opened(f"{today}T00:00:00")

    found = report("")

    assert found["to"] == found["data"][-1]["date"] == str(today)
    assert found["from"] == str(today - timedelta(days=29))
    assert len(found["data"]) == 30
    assert found["data"][-1]["opened"] == 1


def test_each_day_of_a_report_has_its_own_figures(report, opened):
    opened("2026-03-01T23:59:59.999999", answered=60)
    opened("2026-03-02T00:00:00", answered=10, resolved="2026-03-03T00:00:00")
    opened("2026-03-02T12:00:00", answered=20, resolved="2026-03-03T23:59:59.999999")
    opened("2026-03-03T12:00:00", reopened_at="2026-03-04T00:00:00")
    opened("2026-02-01T00:00:00", rated_at="2026-03-02T00:00:00", rating_score=2)
    opened("2026-02-01T00:00:00", rated_at="2026-03-02T01:00:00", rating_score=5)

    found = report("from=2026-03-02&to=2026-03-04")

    second, third, fourth = found["data"]
    assert second == {
        **NOTHING,
        "date": "2026-03-02",
        "opened": 2,
        "backlog": 5,
        "first_response_seconds": {"median": 10, "p90": 20, "count": 2},
        "rating": {"average": 3.5, "count": 2},
    }
    assert third == {
        **NOTHING,
        "date": "2026-03-03",
        "opened": 1,
        "resolved": 2,
        "backlog": 4,
        "resolution_seconds": {"median": 86400, "p90": 129599, "count": 2},
    }
    assert fourth == {**NOTHING, "date": "2026-03-04", "reopened": 1, "backlog": 4}
    assert found["totals"] == {
        **NOTHING,
        "opened": 3,
        "resolved": 2,
        "reopened": 1,
        "backlog": 4,
        "first_response_seconds": {"median": 10, "p90": 20, "count": 2},
        "resolution_seconds": {"median": 86400, "p90": 129599, "count": 2},
        "rating": {"average": 3.5, "count": 2},
    }


@pytest.mark.parametrize(
    ("count", "median", "p90"),
    [(1, 1, 1), (2, 1, 2), (9, 5, 9), (10, 5, 9), (11, 6, 10)],
)
def test_median_and_p90_are_those_of_the_nearest_rank(
    report, opened, count, median, p90
):
    for number in range(1, count + 1):
        opened(f"2026-03-02T00:00:{number:02}", answered=number)

    found = report("from=2026-03-02&to=2026-03-02")

    expected = {"median": median, "p90": p90, "count": count}
    assert found["totals"]["first_response_seconds"] == expected
    assert found["data"][0]["first_response_seconds"] == expected


def test_a_report_groups_by_the_present_category(
    api, admin, report, save, opened, category
):
    other = save(Category(name="Accounts", slug="accounts"))
    opened("2026-03-02T00:00:00", answered=5)
    opened("2026-03-02T00:00:00", answered=7, category_id=other.id)
    moved = opened("2026-01-02T00:00:00")
    api(admin).patch(f"/api/tickets/{moved.id}", json={"category_id": other.id})

    found = report("from=2026-03-01&to=2026-03-31&by=category")

    first, second = found["data"]
    assert first["category"] == api(admin).get(f"/api/categories/{other.id}").json
    assert (first["opened"], first["backlog"]) == (1, 2)
    assert first["first_response_seconds"]["median"] == 7
    assert (second["category"]["id"], second["backlog"]) == (category.id, 1)
    assert found["totals"]["backlog"] == 3


def test_a_report_groups_by_priority_in_ascending_order(report, opened):
    for priority in (Priority.URGENT, Priority.LOW, Priority.HIGH, Priority.HIGH):
        opened("2026-03-02T00:00:00", priority=priority)

    found = report("from=2026-03-01&to=2026-03-31&by=priority")

    counts = [(row["priority"], row["opened"]) for row in found["data"]]
    assert counts == [("low", 1), ("high", 2), ("urgent", 1)]


def test_a_report_by_assignee_has_a_group_of_unassigned_tickets(
    report, opened, make_user
):
    zoe, bob = (make_user(name, Role.ADMIN) for name in ("Zoe", "Bob"))
    for user_id in (zoe.id, bob.id, None, None):
        opened("2026-03-02T00:00:00", assigned_to=user_id)
    opened("2026-03-02T00:00:00", assigned_to=bob.id, resolved="2026-03-03T00:00:00")

    found = report("from=2026-03-01&to=2026-03-31&by=assignee")

    assert [
        (row["assignee"], row["opened"], row["resolved"], row["backlog"])
        for row in found["data"]
    ] == [
        ({"id": bob.id, "name": "Bob", "role": "admin"}, 2, 1, 1),
        ({"id": zoe.id, "name": "Zoe", "role": "admin"}, 1, 0, 1),
        (None, 2, 0, 2),
    ]


def test_a_group_with_nothing_to_count_has_no_row_in_a_report(report, opened):
    opened("2026-03-02T00:00:00", resolved="2026-03-03T00:00:00")

    assert report("from=2026-05-01&to=2026-05-31&by=category")["data"] == []


def test_filters_of_a_report_go_by_present_values(
    report, save, opened, admin, colleague
):
    other = save(Category(name="Accounts", slug="accounts")).id
    opened("2026-03-02T00:00:00", priority=Priority.LOW, assigned_to=admin.id)
    opened("2026-03-02T00:00:00", priority=Priority.HIGH, assigned_to=colleague.id)
    opened("2026-03-02T00:00:00", priority=Priority.URGENT, category_id=other)

    def count(query):
        totals = report(f"from=2026-03-01&to=2026-03-31&{query}")["totals"]
        assert totals["opened"] == totals["backlog"]
        return totals["opened"]

    assert count("priority=low") == 1
    assert count("priority=high,urgent") == 2
    assert count(f"category_id={other}") == 1
    assert count(f"assigned_to={colleague.id}") == 1
    assert count("assigned_to=me&priority=low") == 1
    assert count("assigned_to=none") == 1
    assert count("category_id=999999&by=assignee") == 0


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Pacific/Auckland", "2026-03-01T10:59:59", "2026-03-01T11:00:00"),
        ("Asia/Kathmandu", "2026-03-01T18:14:59", "2026-03-01T18:15:00"),
        ("America/Los_Angeles", "2026-03-02T07:59:59", "2026-03-02T08:00:00"),
    ],
)
def test_days_begin_in_the_time_zone_of_the_reader(
    report, opened, zone, before, after
):
    opened(before)
    opened(after)

    found = report(f"from=2026-03-01&to=2026-03-03&time_zone={zone}")

    assert found["time_zone"] == zone
    assert [row["opened"] for row in found["data"]] == [1, 1, 0]


def test_a_day_whose_midnight_is_skipped_begins_when_clocks_are_set_forward(
    report, opened
):
    # In Santiago, 2026-09-05 ended at 24:00, when it became 01:00: 04:00 in UTC.
    opened("2026-09-06T03:59:59.999999")
    opened("2026-09-06T04:00:00")
    opened("2026-09-07T02:59:59.999999")
    opened("2026-09-07T03:00:00")

    found = report("from=2026-09-05&to=2026-09-07&time_zone=America/Santiago")

    assert [row["opened"] for row in found["data"]] == [1, 2, 1]


def test_a_date_that_a_time_zone_skipped_has_an_empty_row(report, opened):
    opened("2011-12-30T09:59:59")
    opened("2011-12-30T10:00:00")

    found = report("from=2011-12-29&to=2011-12-31&time_zone=Pacific/Apia")

    assert [row["opened"] for row in found["data"]] == [1, 0, 1]


def test_a_deleted_ticket_is_in_no_report(api, admin, report, opened):
    ticket = opened("2026-03-02T00:00:00")
    before = report("from=2026-03-01&to=2026-03-31")["totals"]["opened"]

    api(admin).delete(f"/api/tickets/{ticket.id}")

    assert before == 1
    assert report("from=2026-03-01&to=2026-03-31")["totals"] == NOTHING


def test_a_report_has_at_most_366_days(report, api, admin):
    longest = report("from=2027-03-01&to=2028-02-29")

    response = api(admin).get(f"{URL}?from=2027-02-28&to=2028-02-29")

    assert len(longest["data"]) == 366
    assert response.status_code == 422
    assert response.json["errors"] == {"to": ["A report has 366 days at most."]}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-03-02&to=2026-03-01", "to"),
        ("from=yesterday", "from"),
        ("from=20260301", "from"),
        ("from=2026-02-30", "from"),
        ("to=9999-12-31", "to"),
        ("from=0001-01-01&to=0001-01-02", "from"),
        ("time_zone=Mars/Olympus", "time_zone"),
        ("time_zone=localtime", "time_zone"),  # another one on each machine
        ("time_zone=posix/UTC", "time_zone"),
        ("time_zone=../../etc/passwd", "time_zone"),
        ("time_zone=Europe", "time_zone"),
        (f"time_zone={'x' * 5000}", "time_zone"),
        ("by=customer", "by"),
        ("priority=highest", "priority"),
        ("category_id=0", "category_id"),
        ("assigned_to=you", "assigned_to"),
        ("format=xml", "format"),
        ("status=open", "status"),
    ],
)
def test_an_invalid_parameter_of_a_report_is_named(api, admin, query, field):
    response = api(admin).get(f"{URL}?{query}")

    assert response.status_code == 422
    assert field in response.json["errors"]


def test_customers_may_not_read_reports_and_their_query_is_not_read(api, customer):
    assert api(customer).get(f"{URL}?from=yesterday").status_code == 403
