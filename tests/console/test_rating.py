"""How a customer rates the answer."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def page(console, customer, admin, ticket):
    """A resolved ticket, opened by its customer."""
    admin.patch(f"/tickets/{ticket['id']}", {"status": "resolved"})
    return console(customer, f"tickets/{ticket['id']}")


def test_a_customer_rates_and_the_agent_sees_it(page, console, admin, ticket):
    page.get_by_label("Very good").check()
    page.get_by_label("Comment").fill("So fast!")

    page.get_by_role("button", name="Send the rating").click()

    expect(page.get_by_text("You rated this: Very good.")).to_be_visible()
    desk = console(admin, f"tickets/{ticket['id']}")
    expect(desk.locator(".panel")).to_contain_text("Rating: Very good")
    expect(desk.locator(".panel")).to_contain_text("So fast!")


def test_a_rating_can_be_changed(page):
    page.get_by_label("Good", exact=True).check()
    page.get_by_role("button", name="Send the rating").click()

    page.get_by_role("button", name="Change").click()
    expect(page.get_by_label("Good", exact=True)).to_be_checked()
    expect(page.locator(".rating")).to_be_focused()
    page.get_by_label("Very bad").check()
    page.get_by_role("button", name="Send the rating").click()

    expect(page.get_by_text("You rated this: Very bad.")).to_be_visible()
    expect(page.locator(".rating")).to_be_focused()


def test_what_arrives_meanwhile_takes_nothing_of_a_rating_away(page, admin, ticket):
    page.get_by_label("Fair").check()
    page.get_by_label("Comment").fill("Well")

    admin.say(ticket, "Is it fine now?")
    expect(page.get_by_text("Is it fine now?")).to_be_visible()

    expect(page.get_by_label("Fair")).to_be_checked()
    expect(page.get_by_label("Comment")).to_have_value("Well")


def test_a_rating_without_a_score_says_so(page):
    page.get_by_role("button", name="Send the rating").click()

    expect(page.get_by_label("Very bad")).to_be_focused()
    expect(page.get_by_label("Very bad")).to_have_attribute("aria-invalid", "true")


def test_an_open_ticket_cannot_be_rated(console, customer, ticket):
    page = console(customer, f"tickets/{ticket['id']}")
    expect(page.get_by_label("Message")).to_be_visible()

    expect(page.get_by_role("button", name="Send the rating")).to_be_hidden()
