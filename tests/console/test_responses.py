"""The screen of canned responses."""

import re
from secrets import token_hex

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def response(admin):
    """A canned response of the admin's own."""
    body = {
        "title": f"Thanks {token_hex(4)}",
        "shortcut": token_hex(4),
        "text": "Thank you, {{customer.name}}.\nWe work on it.",
    }
    return admin.post("/canned-responses", body)


def test_a_canned_response_is_added(console, admin):
    page = console(admin, "responses")
    shortcut = token_hex(4)

    page.get_by_role("button", name="Add a canned response").click()
    page.get_by_label("Title").fill(f"Later {shortcut}")
    page.get_by_label("Shortcut").fill(shortcut)
    page.get_by_label("Text").fill("Later, {{customer.name}}.\n{{agent.name}}")
    page.get_by_label("For all agents").check()
    page.get_by_role("button", name="Save").click()

    row = page.get_by_role("row", name=f"Later {shortcut}")
    expect(row).to_contain_text(f"/{shortcut}")
    expect(row).to_contain_text("All agents")


def test_a_placeholder_that_is_not_known_is_refused_at_the_text(
    console, admin, response
):
    page = console(admin, "responses")

    page.get_by_role("button", name=f"Edit {response['title']}").click()
    expect(page.get_by_text("{{ticket.subject}}")).to_be_visible()
    text = page.get_by_label("Text")
    text.fill("Dear {{customer.nmae}}")
    page.get_by_role("button", name="Save").click()

    expect(text).to_have_attribute("aria-invalid", "true")
    expect(text).to_have_accessible_description(re.compile("There is no placeholder"))
    expect(text).to_have_value("Dear {{customer.nmae}}")


def test_a_canned_response_is_edited(console, admin, response):
    page = console(admin, "responses")

    page.get_by_role("button", name=f"Edit {response['title']}").click()
    expect(page.get_by_label("Text")).to_have_value(response["text"])
    page.get_by_label("Text").fill("Thank you.")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_label("Text")).to_be_hidden()
    row = page.get_by_role("row", name=response["title"])
    expect(row).to_contain_text("Thank you.")
    expect(row).not_to_contain_text("We work on it")
    stored = admin.get(f"/canned-responses/{response['id']}")
    assert stored == {**response, "text": "Thank you."}


def test_a_canned_response_is_deleted(console, admin, response):
    page = console(admin, "responses")

    page.get_by_role("button", name=f"Delete {response['title']}").click()
    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_be_focused()
    gone = admin.request("GET", f"/canned-responses/{response['id']}")
    assert gone.status_code == 404


def test_canned_responses_are_accessible_and_fit(
    console, admin, response, assert_accessible, assert_fits
):
    page = console(admin, "responses")
    page.get_by_role("button", name=f"Edit {response['title']}").click()
    expect(page.get_by_label("Title")).to_be_focused()

    assert_accessible(page)
    assert_fits(page)
