"""The search box: by number, by words."""

import re
import secrets

import pytest
from console.desk import open_tickets, row, rows

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def word():
    """A word that no other ticket has."""
    return f"w{secrets.token_hex(5)}"


def search(page, text):
    page.get_by_role("searchbox", name="Search").fill(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("prefix", ["", "#", " #"])
def test_a_number_opens_its_ticket(console, admin, ticket, prefix):
    page = console(admin)

    search(page, f"{prefix}{ticket['id']}")

    expect(page.get_by_role("heading", level=1)).to_have_text("Printer on fire")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_a_number_that_no_ticket_has_is_said_to_be_none(console, admin):
    page = console(admin)

    search(page, "99999999999999999999")

    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("There is no such ticket, or it is not yours.")
    expect(heading).to_be_focused()


def test_words_are_found_in_tickets_messages_and_notes_and_marked(
    console, server, admin, customer, word
):
    desk = open_tickets(server, customer, f"About {word}", "Silent", "Noted", "Nothing")
    customer.say(desk[1], f"Überall 😀 {word.upper()} !")
    note = {"content": f"See {word}.", "internal": True}
    admin.post(f"/tickets/{desk[2]['id']}/comments", note)
    page = console(admin)

    search(page, word)

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Search: {word}")
    expect(rows(page)).to_have_count(3)
    expect(row(page, "Silent").locator("mark")).to_have_text(word.upper())
    expect(row(page, "Silent")).to_contain_text(f"Überall 😀 {word.upper()} !")
    expect(row(page, "Noted")).to_contain_text(f"Internal note: See {word}.")
    expect(page.get_by_label("Order")).to_have_count(0)


def test_what_was_found_stays_while_its_tickets_are_visited(
    console, server, admin, customer, word
):
    open_tickets(server, customer, f"One {word}", f"Two {word}")
    page = console(admin)
    search(page, word)

    row(page, "One").click()
    expect(page.locator(".pane h1")).to_contain_text("One")
    expect(page).to_have_url(re.compile(rf"/console/search/\d+\?q={word}$"))
    page.go_back()

    expect(rows(page)).to_have_count(2)
    expect(row(page, "One")).to_be_focused()


def test_what_was_found_is_asked_for_again_when_a_ticket_is_left_and_not_by_events(
    console, server, admin, customer, word
):
    desk = open_tickets(server, customer, f"One {word}", f"Two {word}")
    page = console(admin, f"search?q={word}")
    expect(rows(page)).to_have_count(2)
    row(page, "One").click()
    expect(page.locator(".pane h1")).to_contain_text("One")
    asked = []
    page.on("request", lambda r: "/api/tickets?q=" in r.url and asked.append(r))

    admin.patch(f"/tickets/{desk[0]['id']}", {"status": "closed"})
    page.wait_for_timeout(3000)
    assert asked == []
    page.keyboard.press("u")

    expect(row(page, "One")).to_contain_text("Closed")


def test_the_box_says_what_is_searched_after_a_reload_and_not_elsewhere(
    console, admin, word
):
    page = console(admin, f"search?q={word}")
    box = page.get_by_role("searchbox", name="Search")
    expect(box).to_have_value(word)

    page.get_by_role("link", name="Unassigned").click()

    expect(box).to_have_value("")


def test_a_second_search_moves_the_focus_to_its_results(console, admin, word):
    page = console(admin)
    search(page, word)
    expect(page.get_by_role("heading", level=1)).to_be_focused()

    search(page, f"{word}x")

    expect(page.get_by_role("heading", level=1)).to_have_text(f"Search: {word}x")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_nothing_found_is_said(console, admin, word):
    page = console(admin)

    search(page, word)

    nothing = page.get_by_text("Nothing is found. Try fewer or other words.")
    expect(nothing).to_be_visible()


def test_a_search_without_a_word_is_explained(console, admin):
    page = console(admin)

    search(page, "!!!")

    expect(page.get_by_role("alert")).to_contain_text("a letter or a digit")


def test_a_key_leads_to_the_search(console, admin):
    page = console(admin)
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    page.keyboard.press("/")

    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("")


def test_what_was_searched_is_accessible(
    console, server, admin, customer, word, assert_accessible, assert_fits
):
    open_tickets(server, customer, f"About {word}")
    page = console(admin, f"search?q={word}")
    expect(rows(page)).to_have_count(1)

    assert_accessible(page)
    assert_fits(page)


def test_customers_are_shown_their_tickets_without_a_search(console, customer, ticket):
    page = console(customer)

    expect(row(page, "Printer on fire")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_count(0)
