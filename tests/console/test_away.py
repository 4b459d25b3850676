"""Admins who are away, to whom rules assign no tickets."""

import pytest
from console.desk import queue_of

expect = pytest.importorskip("playwright.sync_api").expect

SWITCH = "I am away"


@pytest.fixture
def rule(set_up, ticket):
    """A rule."""
    return set_up(
        "/rules",
        name="Take turns",
        on="ticket.opened",
        conditions={"category_id": [ticket["category_id"]]},
        actions={"assign": {"among": "all"}},
    )


@pytest.fixture
def absentee(colleague):
    """A colleague who is away."""
    colleague.patch("/me", {"available": False})
    return colleague


def test_an_admin_is_away_and_comes_back(console, admin, rule):
    page = console(admin, "me")
    switch = page.get_by_role("checkbox", name=SWITCH)

    switch.check()
    expect(page.get_by_role("link", name="Ada (away)")).to_be_visible()
    assert admin.get("/me")["available"] is False
    page.reload()
    expect(switch).to_be_checked()
    switch.uncheck()

    expect(page.get_by_role("link", name="Ada", exact=True)).to_be_visible()
    assert admin.get("/me")["available"] is True


def test_one_is_not_away_if_that_is_refused(console, admin, rule):
    page = console(admin, "me")
    refused = {"status": 503, "json": {"message": "Try again.", "code": "unavailable"}}
    page.route("**/api/me", lambda route: route.fulfill(**refused))

    page.get_by_role("checkbox", name=SWITCH).click()

    expect(page.get_by_text("Try again.")).to_be_visible()
    expect(page.get_by_role("checkbox", name=SWITCH)).not_to_be_checked()


def test_without_rules_nothing_is_said_of_being_away(console, admin):
    page = console(admin, "me")

    page.wait_for_load_state("networkidle")

    expect(page.get_by_role("checkbox", name="Single keys")).to_be_visible()
    expect(page.get_by_text("away")).to_have_count(0)


def test_customers_cannot_be_away(console, customer, rule):
    page = console(customer, "me")

    page.wait_for_load_state("networkidle")

    expect(page.get_by_role("checkbox", name="Enter sends")).to_be_visible()
    expect(page.get_by_text("away")).to_have_count(0)


def test_colleagues_see_in_the_users_who_is_away(console, admin, absentee):
    page = console(admin, f"users?q={absentee.user['email']}")

    expect(page.get_by_role("row", name="Bob (away)")).to_be_visible()


def test_whoever_assigns_a_ticket_sees_who_is_away(console, admin, absentee, ticket):
    page = console(admin, f"tickets/{ticket['id']}")

    option = page.get_by_label("Assignee").locator(
        f"option[value='{absentee.user['id']}']"
    )
    expect(option).to_have_text("Bob (away)")
    page.get_by_label("Assignee").select_option("Bob (away)")

    expect(page.get_by_text("Ada changed assignee: Bob")).to_be_visible()
    expect(option).to_have_text("Bob (away)")


def test_whoever_assigns_several_tickets_sees_who_is_away(
    console, admin, absentee, ticket
):
    page = console(admin, queue_of(ticket))

    page.get_by_label(f"Select #{ticket['id']}", exact=True).check()

    assignee = page.locator(".bulk").get_by_label("Assignee")
    expect(assignee.locator(f"option[value='{absentee.user['id']}']")).to_have_text(
        "Bob (away)"
    )


def test_being_away_is_accessible_and_fits(
    console, admin, rule, assert_accessible, assert_fits
):
    admin.patch("/me", {"available": False})
    page = console(admin, "me")
    expect(page.get_by_role("checkbox", name=SWITCH)).to_be_checked()

    assert_accessible(page)
    assert_fits(page)
