"""Journeys by keyboard alone."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect
MAX_TABS = 40
IS_FOCUSED = "(element) => element === document.activeElement"


def tab_to(page, locator):
    """Press Tab until an element has the focus."""
    expect(locator).to_be_visible()
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        if locator.evaluate(IS_FOCUSED):
            return
    pytest.fail(f"not reached: {locator}")


def test_a_customer_asks_writes_solves_and_rates(console, customer, ticket):
    page = console(customer, "tickets")
    tab_to(page, page.get_by_role("link", name=ticket["subject"]))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()

    tab_to(page, page.get_by_label("Message"))
    page.keyboard.type("It has stopped.")
    page.keyboard.press("Enter")
    expect(page.locator(".entry.own:not(.waiting)")).to_contain_text("It has stopped.")
    page.get_by_role("heading", level=1).focus()
    tab_to(page, page.get_by_role("button", name="It is solved"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    tab_to(page, page.get_by_label("Very bad"))
    page.keyboard.press("ArrowUp")  # from the first to the last
    tab_to(page, page.get_by_role("button", name="Send the rating"))
    page.keyboard.press("Enter")

    expect(page.get_by_text("You rated this: Very good.")).to_be_visible()
    expect(page.locator(".rating")).to_be_focused()


def test_an_agent_answers_notes_and_resolves(console, admin, ticket):
    page = console(admin, f"queue/all/{ticket['id']}")
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()

    page.keyboard.press("n")
    page.keyboard.type("Mind the smoke")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".entry.note")).to_contain_text("Mind the smoke")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.get_by_label("Message")).to_be_focused()
    page.keyboard.type("Use water.")
    tab_to(page, page.get_by_role("button", name="Send and resolve"))
    page.keyboard.press("Enter")

    expect(page.locator(".entry.own.message")).to_contain_text("Use water.")
    expect(page.get_by_text("Ada changed status: Solved")).to_be_visible()
    expect(page.get_by_label("Message")).to_be_focused()
