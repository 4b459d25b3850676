"""GET /api/reports/tickets?format=csv"""

import csv
from datetime import UTC, datetime
from io import StringIO

import pytest

from ticketing.accounts.models import Role
from ticketing.categories.models import Category

URL = "/api/reports/tickets?from=2026-03-01&to=2026-03-02&format=csv"
OPENED = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def download(api, admin):
    """Return a report as CSV."""
    client = api(admin)

    def download(query=""):
        response = client.get(f"{URL}{query}")
        assert response.status_code == 200
        return response

    return download


def rows_of(response):
    return list(csv.DictReader(StringIO(response.text, newline="")))


def test_a_csv_report_has_column_names_and_a_line_for_each_row(
    download, make_ticket, customer
):
    rated = {"rated_at": OPENED, "rating_score": 5}
    make_ticket(customer, created_at=OPENED, first_response_seconds=90, **rated)

    response = download()

    assert response.content_type == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == (
        "attachment; filename=tickets-2026-03-01-2026-03-02-by-day.csv"
    )
    assert response.text == (
        '"date","opened","resolved","reopened","backlog",'
        '"first_response_seconds_median","first_response_seconds_p90",'
        '"first_response_seconds_count","resolution_seconds_median",'
        '"resolution_seconds_p90","resolution_seconds_count",'
        '"sla_met","sla_missed","rating_average","rating_count"\r\n'
        '"2026-03-01",1,0,0,1,90,90,1,"","",0,0,0,5.0,1\r\n'
        '"2026-03-02",0,0,0,1,"","",0,"","",0,0,0,"",0\r\n'
    )


@pytest.mark.parametrize("by", ["category", "priority", "assignee"])
def test_a_csv_report_has_the_groups_of_the_json_report(
    api, admin, download, make_ticket, customer, by
):
    make_ticket(customer, created_at=OPENED, assigned_to=admin.id)
    make_ticket(customer, created_at=OPENED)

    found = rows_of(download(f"&by={by}"))

    data = api(admin).get(URL.replace("csv", "json") + f"&by={by}").json["data"]
    assert [row["opened"] for row in found] == [str(row["opened"]) for row in data]
    assert [row[by] for row in found] == [
        (row[by] or {"name": ""})["name"] if by != "priority" else row[by]
        for row in data
    ]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(1)", "＝1", "=\"x\",\n1"])
def test_a_name_in_a_csv_report_is_never_a_formula(
    download, save, make_user, make_ticket, customer, name
):
    category = save(Category(name=name, slug="x"))
    agent = make_user("Eve", Role.ADMIN)
    agent.name = name
    save(agent)
    fields = {"category_id": category.id, "assigned_to": agent.id}
    make_ticket(customer, created_at=OPENED, **fields)

    for by in ("category", "assignee"):
        [row] = rows_of(download(f"&by={by}"))
        assert row[by] == f"'{name}"


@pytest.mark.parametrize("name", ['Toner, "black"', "A;=1+1", "Über\r\nall"])
def test_a_csv_report_keeps_names_that_are_no_formula(
    download, save, make_ticket, customer, name
):
    category = save(Category(name=name, slug="x"))
    make_ticket(customer, created_at=OPENED, category_id=category.id)

    response = download("&by=category")

    [row] = rows_of(response)
    assert (row["category"], row["category_id"]) == (name, str(category.id))
    # A name is quoted and begins a line, whatever separator a spreadsheet expects.
    assert f'\r\n"{name[0]}' in response.text
