"""Going from screen to screen; the address says everything."""

import re

import pytest
from console.desk import open_tickets, queue_of, row, rows

expect = pytest.importorskip("playwright.sync_api").expect

LENGTH = "() => history.length"


@pytest.fixture
def desk(server, customer):
    """Two tickets."""
    return open_tickets(server, customer, "First", "Second")


def heading(page):
    return page.get_by_role("heading", level=1)


def test_links_change_the_address_without_loading_the_page_again(
    console, admin, desk
):
    page = console(admin, queue_of(desk[0]))
    expect(rows(page)).to_have_count(2)
    page.evaluate("() => { window.isSame = true; }")

    page.get_by_role("link", name="Unassigned").click()
    expect(heading(page)).to_have_text("Unassigned")
    expect(heading(page)).to_be_focused()
    page.get_by_role("link", name="Ticketing").click()
    expect(heading(page)).to_have_text("Needs answer")
    page.go_back()
    page.go_back()

    expect(heading(page)).to_have_text("All")
    expect(rows(page)).to_have_count(2)
    assert page.evaluate("() => window.isSame")


def test_a_modified_click_opens_a_tab(console, admin, desk):
    page = console(admin, queue_of(desk[0]))

    with page.context.expect_page() as opened:
        row(page, "First").click(modifiers=["Control"])

    expect(heading(opened.value)).to_have_text("First")
    expect(heading(page)).to_have_text("All")


def test_an_address_is_the_whole_screen(console, admin, desk):
    path = queue_of(desk[0], priority="medium")
    path = path.replace("queue/all?", f"queue/all/{desk[1]['id']}?")

    page = console(admin, path, viewport={"width": 1400, "height": 900})

    expect(page.locator(".pane h1")).to_have_text("Second")
    expect(rows(page)).to_have_count(2)
    expect(row(page, "Second")).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("button", name="Priority: Medium")).to_be_visible()


def test_the_same_link_again_adds_nothing_to_the_history(console, admin, desk):
    page = console(admin, "queue/mine")
    link = page.get_by_role("link", name="Unassigned")
    link.click()
    expect(heading(page)).to_have_text("Unassigned")
    length = page.evaluate(LENGTH)

    link.click()
    link.click()

    assert page.evaluate(LENGTH) == length


def test_a_ticket_that_comes_late_does_not_take_the_focus_from_a_field(
    console, admin, desk
):
    page = console(admin, queue_of(desk[0]))
    expect(rows(page)).to_have_count(2)

    def late(route):
        page.wait_for_timeout(500)
        route.continue_()

    page.route(re.compile(rf"/api/tickets/{desk[0]['id']}$"), late)
    row(page, "First").click()
    page.keyboard.press("/")
    page.keyboard.type("pri")

    expect(page.locator(".pane h1")).to_have_text("First")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("nter")
    expect(page.get_by_role("searchbox")).to_have_value("printer")


def test_the_first_tab_leads_past_the_pages_to_the_content(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    expect(rows(page)).to_have_count(2)
    page.evaluate("() => document.activeElement.blur()")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")

    expect(page.get_by_role("button", name="Filter", exact=True)).to_be_focused()


@pytest.mark.parametrize("path", ["nothing", "queue", "tickets/x", "new"])
def test_an_address_without_a_screen_says_so(
    console, admin, path, assert_accessible, assert_fits
):
    page = console(admin, path)

    expect(heading(page)).to_have_text("There is no such page")
    assert_accessible(page)
    assert_fits(page)


@pytest.mark.parametrize("path", ["queue/all", "search?q=x", "dashboard", "users"])
def test_the_screens_of_agents_are_none_of_customers(console, customer, path):
    page = console(customer, path)

    expect(heading(page)).to_have_text("There is no such page")


def test_a_link_to_a_ticket_works_for_both_roles(console, admin, customer, ticket):
    for user in (admin, customer):
        page = console(user, f"tickets/{ticket['id']}")

        expect(heading(page)).to_have_text("Printer on fire")


def test_a_narrow_screen_has_its_pages_behind_a_button(console, admin, desk):
    page = console(admin, queue_of(desk[0]), viewport={"width": 320, "height": 640})
    menu = page.get_by_role("button", name="Menu")
    expect(page.get_by_role("link", name="Unassigned")).to_be_hidden()

    menu.press("Enter")
    page.get_by_role("link", name="Unassigned").press("Enter")

    expect(heading(page)).to_have_text("Unassigned")
    expect(heading(page)).to_be_focused()
    expect(page.get_by_role("link", name="Unassigned")).to_be_hidden()
    expect(menu).to_have_attribute("aria-expanded", "false")
