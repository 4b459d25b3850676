"""A customer's list of their own tickets."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


def test_a_request_shows_its_status_its_last_words_and_what_is_unread(
    console, customer, admin, ticket
):
    admin.say(ticket, "Have you tried water?")

    page = console(customer, "tickets")

    row = page.get_by_role("link", name=ticket["subject"])
    expect(row).to_contain_text("Waiting for you")
    expect(row).to_contain_text("1 unread")
    expect(row).to_contain_text("Ada: Have you tried water?")


def test_what_arrives_is_shown_without_a_reload(console, customer, admin, ticket):
    page = console(customer, "tickets")
    row = page.get_by_role("link", name=ticket["subject"])
    expect(row).to_contain_text("We are on it")

    admin.say(ticket, "Coming")

    expect(row).to_contain_text("Ada: Coming")
    expect(row).to_contain_text("1 unread")


def test_a_draft_is_shown_in_the_list(console, customer, ticket):
    page = console(customer, f"tickets/{ticket['id']}")
    page.get_by_label("Message").fill("Half a thought")

    page.get_by_role("link", name="Ticketing").click()

    expect(page.get_by_text("Draft: Half a thought")).to_be_visible()


def test_closed_requests_have_a_tab_of_their_own(console, customer, admin, ticket):
    page = console(customer, "tickets?tab=closed")
    expect(page.get_by_text("No request is closed.")).to_be_visible()

    admin.patch(f"/tickets/{ticket['id']}", {"status": "closed"})

    expect(page.get_by_role("link", name=ticket["subject"])).to_contain_text("Closed")
    page.get_by_role("link", name="Open", exact=True).click()
    expect(page.get_by_text("Nothing yet. Ask us something.")).to_be_visible()


def test_a_new_request_is_one_key_away(console, customer):
    page = console(customer, "tickets")
    expect(page.get_by_text("Nothing yet. Ask us something.")).to_be_visible()

    page.keyboard.press("n")

    expect(page.get_by_role("heading", name="New request")).to_be_focused()


def test_more_are_shown_on_demand_and_the_focus_goes_there(console, customer, ticket):
    body = {"category_id": ticket["category_id"], "description": "?", "priority": "low"}
    for number in range(29):
        customer.post("/tickets", {**body, "subject": f"Request {number}"})
    page = console(customer, "tickets")
    rows = page.locator(".rows a")
    expect(rows).to_have_count(25)

    page.get_by_role("button", name="Show more").click()

    expect(rows).to_have_count(30)
    expect(rows.nth(25)).to_be_focused()


def test_a_failed_list_can_be_tried_again(console, customer, ticket):
    page = console(customer, "me")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    refusal = {"message": "Out of order.", "code": "unavailable"}
    page.route(
        "**/api/tickets?*", lambda route: route.fulfill(status=503, json=refusal)
    )
    page.get_by_role("link", name="Your requests").click()
    expect(page.get_by_text("Out of order.")).to_be_visible()
    page.unroute("**/api/tickets?*")

    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("link", name=ticket["subject"])).to_be_visible()


def test_the_list_is_accessible_and_fits(
    console, customer, admin, ticket, assert_accessible, assert_fits
):
    admin.say(ticket, "A long answer, " * 20)
    page = console(customer, "tickets")
    expect(page.get_by_text("1 unread")).to_be_visible()

    assert_accessible(page)
    assert_fits(page)
