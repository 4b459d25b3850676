"""Signing in and out, creating an account, and a session that ends meanwhile."""

import secrets

import pytest
from served import PASSWORD

expect = pytest.importorskip("playwright.sync_api").expect


def fill(page, email, password=PASSWORD):
    """Fill in the form of the sign-in."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)


def heading(page, name):
    """Return the heading of a screen."""
    return page.get_by_role("heading", level=1, name=name)


def test_a_customer_signs_in_by_keyboard_and_sees_their_requests(console, customer):
    page = console(None)
    page.get_by_label("Email").focus()

    page.keyboard.type(customer.user["email"])
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(heading(page, "Your requests")).to_be_focused()


def test_an_admin_signs_in_and_sees_what_needs_an_answer(console, admin):
    page = console(None, "sign-in")

    fill(page, admin.user["email"])
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page).to_have_url(f"{admin.url}/console/queue/needs_answer")


def test_one_goes_on_to_where_one_was_going(console, customer, ticket):
    path = f"tickets/{ticket['id']}#e1"
    page = console(None, path)

    fill(page, customer.user["email"])
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(heading(page, ticket["subject"])).to_be_visible()
    expect(page).to_have_url(f"{customer.url}/console/{path}")


@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_password_and_an_unknown_email_are_refused_alike(
    console, customer, known
):
    page = console(None)
    email = customer.user["email"] if known else "nobody@example.org"

    fill(page, email, "wrong password")
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_text("Email or password is wrong")).to_be_visible()
    password = page.get_by_label("Password", exact=True)
    expect(password).to_be_focused()
    expect(password).to_have_value("wrong password")
    expect(page.get_by_label("Email")).to_have_value(email)


def test_a_password_is_shown_on_demand(console):
    page = console(None)
    password = page.get_by_label("Password", exact=True)
    password.fill("secret words")

    page.get_by_label("Show password").check()

    expect(password).to_have_attribute("type", "text")
    expect(password).to_have_value("secret words")


def test_a_busy_service_is_asked_once_more(console, customer):
    page = console(None)
    answers = []

    def answer(route):
        answers.append(route)
        if len(answers) > 1:
            return route.continue_()
        busy = {"message": "Busy", "code": "unavailable"}
        return route.fulfill(status=503, json=busy)

    page.route("**/api/login", answer)

    fill(page, customer.user["email"])
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_text("Busy, trying again in 2 s.")).to_be_attached()
    expect(heading(page, "Your requests")).to_be_visible()


def test_too_many_attempts_count_down(console, customer):
    page = console(None)
    refusal = {"message": "Too many attempts.", "code": "too_many_requests"}
    headers = {"Retry-After": "9"}
    page.route(
        "**/api/login",
        lambda route: route.fulfill(status=429, json=refusal, headers=headers),
    )

    fill(page, customer.user["email"])
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_text("Too many attempts.")).to_be_visible()
    expect(page.get_by_text("Try again in 8 s.")).to_be_visible()


def test_somebody_creates_an_account(console):
    page = console(None)
    page.get_by_role("button", name="Create an account").click()

    page.get_by_label("Name").fill("Zoe")
    fill(page, f"zoe.{secrets.token_hex(8)}@example.org")
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Create an account").click()

    expect(heading(page, "Your requests")).to_be_visible()
    expect(page.get_by_role("link", name="Zoe")).to_be_visible()


def test_what_is_wrong_with_an_account_is_said_at_its_fields(console, customer):
    page = console(None)
    page.get_by_role("button", name="Create an account").click()

    page.get_by_label("Name").fill("Zoe")
    fill(page, customer.user["email"])
    page.get_by_label("Password again").fill("something else")
    page.get_by_role("button", name="Create an account").click()

    expect(page.locator("[aria-invalid=true]").first).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("Zoe")


def test_a_shared_computer_keeps_nothing_when_its_tab_is_closed(
    console, customer, ticket
):
    page = console(None)
    page.get_by_label("This is a shared computer").check()
    fill(page, customer.user["email"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name=ticket["subject"]).click()
    page.get_by_label("Message").fill("For my eyes only")

    stored = page.evaluate("JSON.stringify(localStorage)")
    page.reload()

    assert "For my eyes only" not in stored and "token" not in stored
    expect(page.get_by_label("Message")).to_have_value("For my eyes only")


def test_a_session_that_ends_while_one_types_is_taken_up_again(
    console, server, customer, ticket
):
    page = console(customer, f"tickets/{ticket['id']}")
    message = page.get_by_label("Message")
    message.fill("Half a sen")

    customer.post("/logout")
    page.get_by_role("button", name="It is solved").click()

    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(message).to_have_value("Half a sen")
    message.press("End")
    message.press_sequentially("tence")
    message.press("Enter")
    sent = page.locator(".entry.message:not(.waiting)")
    expect(sent).to_contain_text("Half a sentence")


@pytest.mark.parametrize("new", [False, True])
def test_the_sign_in_is_accessible_and_fits(
    console, new, assert_accessible, assert_fits
):
    page = console(None)
    if new:
        page.get_by_role("button", name="Create an account").click()
    name = "Create an account" if new else "Sign in"
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".error, .failed").first).to_be_visible()

    assert_accessible(page)
    assert_fits(page)
