"""The agents' queue: its list, and the ticket beside it."""

import re

import pytest
from console.desk import open_tickets, queue_of, row, rows

expect = pytest.importorskip("playwright.sync_api").expect

WIDE = {"width": 1400, "height": 900}
MIDDLE = {"width": 800, "height": 900}
NARROW = {"width": 390, "height": 800}


@pytest.fixture
def desk(server, customer):
    """Three tickets."""
    return open_tickets(server, customer, "First", "Second", "Third")


def test_an_agent_begins_with_the_tickets_that_need_an_answer(console, admin, ticket):
    page = console(admin)

    expect(page).to_have_url(re.compile("/console/queue/needs_answer$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Needs answer")
    current = page.get_by_role("navigation").locator("[aria-current=page]")
    expect(current).to_contain_text("Needs answer")


def test_a_row_says_what_a_ticket_is_about_and_what_was_said_last(
    console, admin, customer, desk
):
    admin.patch(f"/tickets/{desk[0]['id']}", {"assigned_to": admin.user["id"]})
    customer.say(desk[0], "It still burns.")

    page = console(admin, queue_of(desk[0]))

    first = row(page, "First")
    number = f"#{desk[0]['id']}"
    for words in ("1 unread", number, "Medium", "Open", "Carla", "Ada", "just now"):
        expect(first).to_contain_text(words)
    expect(first).to_contain_text("It still burns.")


def test_the_last_words_of_support_are_marked_as_ours(console, admin, desk):
    admin.say(desk[0], "Unplug it.")

    page = console(admin, queue_of(desk[0]))

    expect(row(page, "First")).to_contain_text("↩ Unplug it.")


def test_what_one_began_to_write_is_shown_in_the_list(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    row(page, "First").click()
    page.get_by_label("Message", exact=True).fill("Have you tried")

    page.keyboard.press("Escape")
    page.keyboard.press("u")

    expect(row(page, "First")).to_contain_text("Draft: Have you tried")


def test_a_wide_window_shows_pages_list_and_ticket_beside_each_other(
    console, admin, desk
):
    page = console(admin, queue_of(desk[0]), viewport=WIDE)

    row(page, "First").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("First")
    lefts = [
        page.locator(part).bounding_box()["x"] for part in ("nav ul", ".list", ".pane")
    ]
    assert lefts == sorted(set(lefts))
    expect(page.get_by_role("link", name="Back to the list")).to_be_hidden()


def test_a_window_in_between_shows_list_and_ticket(console, admin, desk):
    page = console(admin, queue_of(desk[0]), viewport=MIDDLE)

    row(page, "First").click()

    expect(page.locator(".pane h1")).to_have_text("First")
    expect(row(page, "Second")).to_be_visible()
    expect(page.locator("nav ul")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Unassigned")).to_be_visible()


def test_a_narrow_window_shows_one_at_a_time(console, admin, desk):
    page = console(admin, queue_of(desk[0]), viewport=NARROW)

    row(page, "First").click()

    expect(page.locator(".pane h1")).to_have_text("First")
    expect(rows(page).first).to_be_hidden()
    page.get_by_role("link", name="Back to the list").click()
    expect(row(page, "First")).to_be_visible()
    expect(row(page, "First")).to_be_focused()


@pytest.mark.parametrize("viewport", [WIDE, NARROW])
def test_who_leaves_a_ticket_by_the_browsers_back_is_at_its_row(
    console, admin, desk, viewport
):
    page = console(admin, queue_of(desk[0]), viewport=viewport)
    row(page, "Second").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pane h1")).to_be_focused()

    page.go_back()

    expect(row(page, "Second")).to_be_focused()
    expect(page).to_have_title(re.compile("All – Ticketing$"))


def test_a_resolved_ticket_makes_way_for_the_next_of_the_list(console, admin, desk):
    page = console(admin, queue_of(desk[0], "needs_answer"), viewport=WIDE)
    row(page, "First").click()
    expect(page.locator(".pane h1")).to_be_focused()

    page.keyboard.press("e")

    expect(page.locator(".pane h1")).to_have_text("Second")
    expect(row(page, "First")).to_have_count(0)
    page.keyboard.press("e")
    expect(page.locator(".pane h1")).to_have_text("Third")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", level=1)).to_have_text("Needs answer")


def test_an_open_ticket_that_no_longer_fits_stays_in_the_list_until_it_is_left(
    console, admin, colleague, desk
):
    page = console(admin, queue_of(desk[0], "needs_answer"), viewport=WIDE)
    row(page, "Second").click()
    expect(page.locator(".pane h1")).to_have_text("Second")

    colleague.patch(f"/tickets/{desk[1]['id']}", {"status": "resolved"})
    colleague.patch(f"/tickets/{desk[2]['id']}", {"status": "resolved"})

    expect(row(page, "Third")).to_have_count(0)
    expect(row(page, "Second")).to_contain_text("No longer in this list")
    row(page, "First").click()
    expect(row(page, "Second")).to_have_count(0)


def test_a_focused_row_that_no_longer_fits_stays_until_it_is_left(
    console, admin, colleague, desk
):
    page = console(admin, queue_of(desk[0], "needs_answer"))
    row(page, "Second").focus()

    for ticket in desk[1:]:
        colleague.patch(f"/tickets/{ticket['id']}", {"status": "resolved"})

    expect(row(page, "Third")).to_have_count(0)
    expect(row(page, "Second")).to_be_focused()
    expect(row(page, "Second")).to_contain_text("No longer in this list")


def test_a_row_that_moves_keeps_the_focus(console, admin, customer, desk):
    path = queue_of(desk[0], sort="-last_activity_at")
    page = console(admin, path)
    row(page, "First").focus()

    customer.say(desk[0], "It still burns.")

    expect(rows(page).first).to_contain_text("First")
    expect(row(page, "First")).to_be_focused()


def test_more_tickets_are_shown_on_demand_and_the_first_of_them_is_focused(
    console, server, admin, customer
):
    subjects = [f"Number {number}." for number in range(130)]
    desk = open_tickets(server, customer, *subjects)
    page = console(admin, queue_of(desk[0]))
    expect(rows(page)).to_have_count(25)

    page.get_by_role("button", name="Show more").click()
    expect(rows(page)).to_have_count(125)
    expect(row(page, "Number 25.")).to_be_focused()
    page.get_by_role("button", name="Show more").click()

    expect(rows(page)).to_have_count(130)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    admin.patch(f"/tickets/{desk[129]['id']}", {"subject": "Changed"})
    expect(row(page, "Changed")).to_be_visible()
    expect(rows(page)).to_have_count(130)


def test_who_has_nothing_to_do_is_told_so(console, admin):
    page = console(admin, "queue/mine")

    expect(page.get_by_text("Nothing here. All is done.")).to_be_visible()


def test_a_view_that_does_not_exist_is_no_page(console, admin):
    page = console(admin, "queue/nonsense")

    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    page.get_by_role("link", name="Go to the start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Needs answer")


def test_the_queue_is_accessible_and_fits(
    console, admin, customer, desk, assert_accessible, assert_fits
):
    customer.say(desk[0], "Über " * 40)
    page = console(admin, queue_of(desk[0], priority="medium"))
    expect(rows(page)).to_have_count(3)

    for state in ("list", "filter", "bulk"):
        if state == "filter":
            page.get_by_role("button", name="Filter", exact=True).click()
        if state == "bulk":
            page.keyboard.press("Escape")
            page.get_by_label("Select all that are shown").check()
        assert_accessible(page)
        assert_fits(page)


@pytest.mark.parametrize("viewport", [WIDE, MIDDLE])
def test_a_ticket_beside_its_list_is_accessible(
    console, admin, desk, assert_accessible, assert_fits, viewport
):
    page = console(admin, queue_of(desk[0]), viewport=viewport)
    row(page, "First").click()
    expect(page.locator(".pane h1")).to_have_text("First")

    assert_accessible(page)
    assert_fits(page)
