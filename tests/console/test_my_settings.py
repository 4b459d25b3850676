"""One's own settings."""

from secrets import token_hex

import pytest
from served import PASSWORD

expect = pytest.importorskip("playwright.sync_api").expect

NEW_PASSWORD = "staple battery horse"


def open_keys(page):
    """Press the key that shows the keys; return their dialog."""
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    return page.get_by_role("dialog", name="Keys")


def test_a_name_is_changed_without_the_password(console, customer):
    page = console(customer, "me")

    page.get_by_label("Name").fill("Carla Columna")
    expect(page.get_by_label("Current password")).to_be_hidden()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("link", name="Carla Columna")).to_be_visible()
    assert customer.get("/me")["name"] == "Carla Columna"


def test_a_new_email_needs_the_password(console, customer, server):
    email = f"{token_hex(8)}@example.org"
    page = console(customer, "me")

    page.get_by_label("Email").fill(email)
    page.get_by_label("Current password").fill("wrong password")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Current password")).to_be_focused()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Saved.")).to_be_attached()
    expect(page.get_by_label("Current password")).to_be_hidden()
    assert server.login(email).user["id"] == customer.user["id"]


def test_a_new_password_is_typed_twice(console, customer, server):
    page = console(customer, "me")

    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("New password again")).to_be_focused()
    expect(page.get_by_label("New password", exact=True)).to_have_value(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_label("New password", exact=True)).to_have_value("")
    expect(page.get_by_label("Current password")).to_be_hidden()
    assert server.login(customer.user["email"], NEW_PASSWORD)


@pytest.mark.parametrize("who, is_on", [("customer", True), ("admin", False)])
def test_enter_sends_what_customers_write_until_they_choose(
    request, console, who, is_on
):
    page = console(request.getfixturevalue(who), "me")
    switch = page.get_by_role("checkbox", name="Enter sends")
    expect(switch).to_be_checked(checked=is_on)

    switch.click()
    page.reload()

    expect(switch).to_be_checked(checked=not is_on)


def test_single_keys_are_switched_off(console, admin):
    page = console(admin, "me")
    expect(open_keys(page)).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("checkbox", name="Single keys").uncheck()
    page.reload()

    expect(page.get_by_role("checkbox", name="Single keys")).not_to_be_checked()
    expect(open_keys(page)).to_be_hidden()


def test_language_and_time_zone_are_those_of_the_account(console, customer):
    page = console(customer, "me")

    page.get_by_label("Language", exact=True).select_option("Deutsch")
    page.get_by_label("Time zone", exact=True).select_option("Asia/Tokyo")
    page.get_by_role("button", name="Use these").click()

    expect(page.get_by_label("Sprache", exact=True)).to_have_value("de")
    expect(page.get_by_label("Zeitzone", exact=True)).to_have_value("Asia/Tokyo")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    stored = customer.request("GET", "/me").json()
    assert (stored["locale"], stored["time_zone"]) == ("de", "Asia/Tokyo")


def test_in_a_zone_that_the_browser_does_not_know_times_are_those_of_the_browser(
    console, customer, ticket
):
    customer.user["time_zone"] = "America/Nowhere"
    page = console(customer, timezone_id="Asia/Tokyo")
    page.route("**/api/me", lambda route: route.fulfill(json=customer.user))

    page.get_by_role("link", name=ticket["subject"]).click()

    hour = (int(ticket["created_at"][11:13]) + 9) % 12 or 12
    expect(page.locator(".opening time")).to_contain_text(f" {hour}:")


def test_one_signs_out_everywhere(console, customer):
    page = console(customer, "me")
    refused = {"status": 503, "json": {"message": "Try again.", "code": "unavailable"}}
    page.route("**/api/logout", lambda route: route.fulfill(**refused))

    page.get_by_role("button", name="Sign out everywhere").click()
    dialog = page.get_by_role("dialog", name="Sign out everywhere?")
    dialog.get_by_role("button", name="Sign out everywhere").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Try again.")
    page.unroute("**/api/logout")
    dialog.get_by_role("button", name="Sign out everywhere").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert customer.request("GET", "/me").status_code == 401


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_settings_are_accessible_and_fit(
    request, console, who, assert_accessible, assert_fits
):
    page = console(request.getfixturevalue(who), "me")
    page.get_by_label("Email").fill("new@example.org")
    expect(page.get_by_label("Current password")).to_be_visible()

    assert_accessible(page)
    assert_fits(page)
