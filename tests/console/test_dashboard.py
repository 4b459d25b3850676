"""The dashboard."""

import re
from datetime import UTC, datetime, timedelta

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

TODAY = datetime.now(UTC).date()


@pytest.fixture
def category(admin, customer, ticket):
    """The category of two tickets: one is open, one answered, solved and rated."""
    fields = ("category_id", "subject", "description", "priority")
    solved = customer.post("/tickets", {name: ticket[name] for name in fields})
    admin.patch(f"/tickets/{solved['id']}", {"assigned_to": admin.user["id"]})
    admin.say(solved, "Unplug it.")
    admin.patch(f"/tickets/{solved['id']}", {"status": "resolved"})
    customer.request("PUT", f"/tickets/{solved['id']}/rating", {"score": 4})
    return ticket["category"]


def test_what_waits_now_is_counted_and_leads_to_its_queue(console, admin, category):
    counts = {view["key"]: view["count"] for view in admin.get("/views")["data"]}
    page = console(admin, "dashboard")

    numbers = page.get_by_role("main")
    for name, key in (
        ("Needs answer", "needs_answer"),
        ("Unassigned", "unassigned"),
        ("Waiting for customer", "waiting_for_customer"),
        ("Mine", "mine"),
    ):
        link = numbers.get_by_role("link", name=f"{name} {counts[key]}", exact=True)
        expect(link).to_have_attribute("href", f"/console/queue/{key}")


def test_new_and_solved_tickets_are_drawn_and_listed_by_day(console, admin, category):
    page = console(admin, f"dashboard?category_id={category['id']}")

    figure = page.get_by_role("img", name=re.compile("^New 2, solved 1"))
    expect(figure).to_be_visible()
    expect(figure.locator("svg g")).to_have_count(30)
    expect(figure.locator("svg g").last.locator(".new")).to_have_attribute(
        "height", "100"
    )
    counts = page.get_by_text("Reopened: 0. Unsolved at the end: 1.")
    expect(counts).to_be_visible()
    page.get_by_text("Numbers of each day").click()
    last = page.get_by_role("group").get_by_role("row").last
    expect(last).to_contain_text(f"{TODAY:%b %-d, %Y}")
    expect(last.get_by_role("cell")).to_have_text(["2", "1"])


def test_a_range_is_chosen_and_compared_with_the_days_before(console, admin, category):
    page = console(admin, f"dashboard?category_id={category['id']}")
    expect(page.get_by_text("The 30 days before: new 0, solved 0")).to_be_visible()

    page.get_by_role("button", name="7 days").click()
    begin = page.get_by_label("From", exact=True)
    expect(begin).to_have_value(str(TODAY - timedelta(days=6)))
    expect(page.get_by_role("button", name="7 days")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_text("The 7 days before: new 0, solved 0")).to_be_visible()
    page.get_by_label("To", exact=True).fill(str(TODAY - timedelta(days=1)))
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_role("img", name=re.compile("^New 0, solved 0"))).to_be_visible()
    expect(page).to_have_url(re.compile(rf"to={TODAY - timedelta(days=1)}"))


def test_a_range_that_ends_before_it_begins_is_refused_at_its_field(console, admin):
    page = console(admin, "dashboard?from=2026-02-02&to=2026-02-01")

    expect(page.get_by_label("To", exact=True)).to_have_accessible_description(
        re.compile("Must not be before")
    )


def test_an_address_without_a_date_is_refused_in_words(console, admin):
    page = console(admin, "dashboard?from=yesterday")

    begin = page.get_by_label("From", exact=True)
    expect(begin).to_have_attribute("aria-invalid", "true")


def test_times_and_ratings_are_said_in_words(console, admin, category):
    page = console(admin, f"dashboard?category_id={category['id']}")

    figures = page.get_by_role("main").locator("dl")
    expect(figures).to_contain_text(re.compile(r"First response\s*\d seconds?"))
    expect(figures).to_contain_text(re.compile(r"Resolution\s*\d seconds?"))
    expect(figures).to_contain_text("4 of 5 (1)")
    expect(figures).to_contain_text("Before: –")


@pytest.fixture
def policy(set_up, category):
    """A policy for the category, made before two more tickets in it are opened."""
    return set_up(
        "/sla-policies", name="All", category_id=[category["id"]], first_response=60
    )


def test_it_is_counted_how_many_tickets_met_their_goals(
    console, admin, customer, category, policy
):
    fields = {"subject": "-", "description": "-", "priority": "low"}
    for _ in range(2):
        opened = customer.post("/tickets", {**fields, "category_id": category["id"]})
        admin.say(opened, "Unplug it.")
    page = console(admin, f"dashboard?category_id={category['id']}")
    figures = page.get_by_role("main").locator("dl")

    expect(figures).to_contain_text("Service levels met")
    expect(figures).to_contain_text("2 met, 0 missed")
    expect(page.get_by_role("row", name=category["name"])).to_contain_text("100%")
    figures.get_by_role("link", name="100%").click()

    expect(page).to_have_url(
        f"{admin.url}/console/queue/all?sla=missed&category_id={category['id']}"
    )
    chip = page.get_by_role("button", name="Remove the filter Service level: Missed")
    expect(chip).to_be_visible()


def test_without_policies_nothing_is_said_of_goals(console, admin, category):
    page = console(admin, f"dashboard?category_id={category['id']}")
    expect(page.get_by_role("row", name=category["name"])).to_be_visible()

    expect(page.get_by_text("Service levels met")).to_have_count(0)
    expect(page.get_by_text("Overdue")).to_have_count(0)


def test_agents_and_categories_lead_to_their_tickets(console, admin, category):
    page = console(admin, f"dashboard?category_id={category['id']}")

    row = page.get_by_role("row", name="Ada")
    expect(row.get_by_role("cell").nth(1)).to_have_text("1")
    expect(row.get_by_role("link")).to_have_attribute(
        "href", f"/console/queue/all?assigned_to={admin.user['id']}"
    )
    nobody = page.get_by_role("row", name="Nobody").get_by_role("link")
    expect(nobody).to_have_attribute("href", "/console/queue/all?assigned_to=none")
    expect(page.get_by_role("link", name=category["name"])).to_have_attribute(
        "href", f"/console/queue/all?category_id={category['id']}"
    )


def test_a_table_is_saved_as_csv(console, admin, category):
    page = console(admin, f"dashboard?category_id={category['id']}")

    with page.expect_download() as saving:
        page.get_by_role("button", name="CSV: By agent").click()

    first = TODAY - timedelta(days=29)
    assert saving.value.suggested_filename == f"tickets-{first}-{TODAY}-by-assignee.csv"
    header, *rows = saving.value.path().read_text().splitlines()
    assert "assignee" in header and len(rows) == 2


def test_a_csv_that_cannot_be_had_is_said(console, admin, category):
    page = console(admin, f"dashboard?category_id={category['id']}")
    page.route("**format=csv*", lambda route: route.abort())

    page.get_by_role("button", name="CSV: By category").click()

    expect(page.get_by_text("The service cannot be reached.")).to_be_visible()


def test_the_dashboard_is_accessible_and_fits(
    console, admin, customer, category, policy, assert_accessible, assert_fits
):
    fields = {"subject": "-", "description": "-", "priority": "low"}
    answered = customer.post("/tickets", {**fields, "category_id": category["id"]})
    admin.say(answered, "Unplug it.")
    page = console(admin, f"dashboard?category_id={category['id']}")
    page.get_by_text("Numbers of each day").click()
    expect(page.get_by_role("row", name=category["name"])).to_contain_text("100%")

    assert_accessible(page)
    assert_fits(page)
