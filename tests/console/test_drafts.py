"""What was typed and not sent stays where it was typed."""

import pytest
from served import open_ticket

expect = pytest.importorskip("playwright.sync_api").expect


def test_a_draft_survives_leaving_and_a_reload(console, customer, ticket):
    page = console(customer, f"tickets/{ticket['id']}")
    page.get_by_label("Message").fill("Half a thought")

    page.get_by_role("link", name="Your requests").click()
    page.get_by_role("link", name=ticket["subject"]).click()
    expect(page.get_by_label("Message")).to_have_value("Half a thought")
    page.reload()

    expect(page.get_by_label("Message")).to_have_value("Half a thought")


def test_a_draft_never_moves_to_another_ticket(
    console, server, customer, admin, ticket
):
    other = open_ticket(server, customer)
    page = console(admin, f"queue/all/{ticket['id']}")
    page.get_by_label("Message").fill("For the first one")

    page.evaluate(f"history.pushState(null, '', '/console/queue/all/{other['id']}')")
    page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")

    expect(page.locator(".ticket-head")).to_contain_text(f"#{other['id']}")
    expect(page.get_by_label("Message")).to_have_value("")
    page.go_back()
    expect(page.get_by_label("Message")).to_have_value("For the first one")


def test_a_draft_is_not_anothers_who_signs_in_at_the_same_browser(
    console, admin, colleague, ticket
):
    page = console(admin, f"tickets/{ticket['id']}")
    page.get_by_label("Message").fill("From Ada")
    page.get_by_role("button", name="Sign out").click()

    page.get_by_label("Email").fill(colleague.user["email"])
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Needs answer")).to_be_visible()
    page.goto(f"{admin.url}/console/tickets/{ticket['id']}")

    expect(page.get_by_role("heading", name=ticket["subject"])).to_be_visible()
    expect(page.get_by_label("Message")).to_have_value("")


def test_a_draft_is_the_same_in_two_tabs_and_goes_when_it_is_sent(
    console, customer, ticket
):
    page = console(customer, f"tickets/{ticket['id']}")
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_label("Message")).to_be_visible()

    page.get_by_label("Message").fill("Hello")
    expect(other.get_by_label("Message")).to_have_value("Hello")
    page.get_by_role("button", name="Send").click()

    expect(other.get_by_label("Message")).to_have_value("")
