"""Admins delete a user for good."""

from secrets import token_hex

import pytest
from served import PASSWORD

expect = pytest.importorskip("playwright.sync_api").expect


def ask(page, name):
    """Ask to delete a user; return the dialog."""
    page.get_by_role("button", name=f"Delete: {name}").press("Enter")
    return page.get_by_role("dialog", name=f"Delete {name} for good?")


def test_a_user_is_deleted_by_keyboard(console, admin, customer):
    email = customer.user["email"]
    page = console(admin, f"users?q={email}")

    dialog = ask(page, "Carla")
    expect(dialog).to_contain_text("closed at once and for good. Deactivate it instead")
    expect(dialog).to_contain_text("What goes: the name, the email, and all texts")
    expect(dialog).to_contain_text("What stays: these tickets")
    expect(dialog).not_to_contain_text("unassigned")
    dialog.get_by_role("button", name="Delete").press("Enter")

    expect(page.get_by_text("Nobody is found.")).to_be_visible()
    expect(page.get_by_role("heading", name="Users")).to_be_focused()
    expect(page.get_by_text("Deleted.")).to_be_attached()
    credentials = {"email": email, "password": PASSWORD}
    assert admin.request("POST", "/login", credentials).status_code == 401


def test_who_is_asked_and_cancels_deletes_nobody(console, admin, customer):
    page = console(admin, f"users?q={customer.user['email']}")

    ask(page, "Carla")
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete: Carla")).to_be_focused()
    assert customer.get("/me")["name"] == "Carla"


def test_an_admins_tickets_become_unassigned(console, admin, colleague, ticket):
    admin.patch(f"/tickets/{ticket['id']}", {"assigned_to": colleague.user["id"]})
    page = console(admin, f"users?q={colleague.user['email']}")

    dialog = ask(page, "Bob")
    expect(dialog).to_contain_text("1 ticket of Bob becomes unassigned.")
    dialog.get_by_role("button", name="Delete").press("Enter")

    expect(page.get_by_text("Nobody is found.")).to_be_visible()
    assert admin.get(f"/tickets/{ticket['id']}")["assigned_to"] is None


def test_why_a_user_is_not_deleted_is_said(console, admin, colleague):
    page = console(admin, f"users?q={colleague.user['email']}")
    refusal = {"message": "The last active admin must stay one.", "code": "last_admin"}
    page.route("**/api/users/*", lambda route: route.fulfill(status=409, json=refusal))

    dialog = ask(page, "Bob")
    dialog.get_by_role("button", name="Delete").press("Enter")

    expect(dialog.get_by_role("alert")).to_contain_text(refusal["message"])
    expect(dialog).to_be_visible()


def test_one_deletes_oneself_in_the_settings_only(console, admin):
    page = console(admin, f"users?q={admin.user['email']}")

    expect(page.get_by_role("button", name="Deactivate: Ada")).to_be_visible()
    expect(page.get_by_role("button", name="Delete: Ada")).to_have_count(0)


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "ar"])
def test_the_buttons_and_the_question_are_accessible_and_fit(
    console, admin, locale, assert_accessible, assert_fits
):
    email = f"{token_hex(8)}@example.org"
    admin.post("/users", {"name": "Dora", "email": email, "role": "customer"})
    desk = {"width": 1280, "height": 800}
    page = console(admin, f"users?q={email}", locale=locale, viewport=desk)
    button = page.locator("td button").nth(3)  # after the one to invite

    expect(button).to_be_visible()
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= desk["width"]
    assert_fits(page)
    button.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
