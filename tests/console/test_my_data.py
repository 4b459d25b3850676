"""One takes along one's data, and deletes one's account."""

import json
from pathlib import Path

import pytest
from console.desk import open_tickets
from served import PASSWORD

expect = pytest.importorskip("playwright.sync_api").expect

TEXT = "Have you tried"
STORED = "() => JSON.stringify([localStorage, sessionStorage])"
REFUSED = {"clientId": "x", "ticketId": 0, "state": "refused", "text": "Unsent"}
PUT_OUTBOX = """([id, message]) => {
  const key = `outbox:${id}:x`;
  localStorage.setItem(key, JSON.stringify({ key, ...message }));
}"""


def ask(page):
    """Ask to delete one's account by keyboard; return the dialog."""
    page.get_by_role("button", name="Delete my account").press("Enter")
    dialog = page.get_by_role("dialog", name="Delete your account?")
    expect(dialog.get_by_label("Current password")).to_be_focused()
    return dialog


def confirm(page, password=PASSWORD):
    """Type the password where the focus is, and press Enter."""
    expect(page.locator("dialog input")).to_be_focused()
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_ones_data_is_saved_as_a_file(console, customer, ticket):
    page = console(customer, "me")
    button = page.get_by_role("button", name="Export my data")

    with page.expect_download() as saving:
        button.press("Enter")

    assert saving.value.suggested_filename == "export.ndjson"
    lines = Path(saving.value.path()).read_text().splitlines()
    data = {(line["type"], line["data"].get("id")) for line in map(json.loads, lines)}
    assert {("account", customer.user["id"]), ("ticket", ticket["id"])} < data
    expect(page.get_by_text("Saved.")).to_be_attached()
    expect(page.get_by_text("Your data is being collected.")).to_be_hidden()
    expect(button).to_be_focused()


def test_an_export_beside_another_is_refused_in_words(console, customer):
    page = console(customer, "me")
    refusal = {"message": "At most 1 at a time.", "code": "too_many_requests"}
    page.route("**/me/export", lambda route: route.fulfill(status=429, json=refusal))

    page.get_by_role("button", name="Export my data").press("Enter")

    said = "Your data is being exported already. Wait until that is done."
    expect(page.get_by_role("alert")).to_contain_text(said)


def test_a_customer_deletes_the_account_by_keyboard(
    console, customer, admin, ticket, server
):
    page = console(customer, f"tickets/{ticket['id']}")
    page.get_by_label("Message", exact=True).fill(TEXT)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_label("Message", exact=True)).to_have_value(TEXT)
    page.goto(f"{customer.url}/console/me")
    page.evaluate(PUT_OUTBOX, [customer.user["id"], REFUSED])
    page.evaluate(PUT_OUTBOX, [admin.user["id"], REFUSED])

    dialog = ask(page)
    for words in ("closed at once and for good", "What goes: your name", "What stays:"):
        expect(dialog).to_contain_text(words)
    confirm(page, "wrong password")
    password = dialog.get_by_label("Current password")
    expect(password).to_have_attribute("aria-invalid", "true")
    expect(password).to_be_focused()
    page.keyboard.press("Control+A")
    confirm(page)

    heading = page.get_by_role("heading", name="Sign in")
    expect(heading).to_be_focused()
    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
    stored = page.evaluate(STORED)
    assert customer.user["email"] not in stored
    assert TEXT not in stored
    assert f"outbox:{customer.user['id']}:" not in stored
    assert f"outbox:{admin.user['id']}:" in stored
    credentials = {"email": customer.user["email"], "password": PASSWORD}
    assert admin.request("POST", "/login", credentials).status_code == 401
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_an_answer_after_the_connection_was_cut_is_as_good(console, customer, ticket):
    page = console(customer, f"tickets/{ticket['id']}")
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_label("Message", exact=True)).to_be_visible()
    page.goto(f"{customer.url}/console/me")
    ask(page)
    late = []
    page.route("**/api/me", lambda route: late.append((route, route.fetch())), times=1)

    confirm(page)
    ended = other.get_by_role("dialog", name="Your session has ended")
    expect(ended).to_be_visible()
    [(route, answer)] = late
    route.fulfill(response=answer)

    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    for tab in (page, other):
        expect(tab.get_by_role("heading", level=1)).to_have_text("Sign in")
        expect(tab.get_by_role("dialog")).to_have_count(0)


def test_on_a_shared_computer_nothing_stays_either(console, server, customer):
    [ticket] = open_tickets(server, customer, "First")
    page = console(None, f"tickets/{ticket['id']}")
    page.get_by_label("Email").fill(customer.user["email"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("This is a shared computer").check()
    page.get_by_role("button", name="Sign in", exact=True).press("Enter")
    page.get_by_label("Message", exact=True).fill(TEXT)
    page.goto(f"{customer.url}/console/me")

    ask(page)
    confirm(page)

    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    stored = page.evaluate(STORED)
    assert customer.user["email"] not in stored
    assert TEXT not in stored


def test_the_last_admin_learns_why_the_account_stays(console, admin):
    page = console(admin, "me")
    message = "The last active admin must stay one; make another admin first."
    refusal = {"message": message, "code": "last_admin"}
    dialog = ask(page)
    page.route("**/api/me", lambda route: route.fulfill(status=409, json=refusal))

    confirm(page)

    expect(dialog.get_by_role("alert")).to_contain_text(message)
    expect(dialog.get_by_label("Current password")).to_have_value(PASSWORD)


def test_who_cancels_keeps_the_account(console, customer):
    page = console(customer, "me")

    ask(page)
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    button = page.get_by_role("button", name="Delete my account")
    expect(button).to_be_focused()
    assert customer.get("/me")["name"] == "Carla"


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "ar"])
@pytest.mark.parametrize("who", ["customer", "admin"])
def test_the_question_is_accessible_and_fits(
    request, console, who, locale, assert_accessible, assert_fits
):
    page = console(request.getfixturevalue(who), "me", locale=locale)

    page.locator(".settings .part").last.locator("> button").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.locator("button.primary").click()

    expect(dialog.locator("[aria-invalid=true]")).to_be_focused()
    assert_accessible(page)
    assert_fits(page)


def test_the_sentence_after_it_is_accessible_and_fits(
    console, customer, assert_accessible, assert_fits
):
    page = console(customer, "me", locale="ar")
    page.locator(".settings .part").last.locator("> button").press("Enter")

    confirm(page)

    expect(page.get_by_text("حُذف حسابك.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    assert_accessible(page)
    assert_fits(page)
