"""Passwords that are set and addresses that are confirmed by links in mails."""

from secrets import token_hex

import pytest
from served import PASSWORD

expect = pytest.importorskip("playwright.sync_api").expect

NEW_PASSWORD = "staple battery horse"
SPENT = "This link has expired or was used already"
SAME_WORDS = "If there is an account with this email"
STORED = "JSON.stringify([localStorage, sessionStorage, history.state, location.href])"


@pytest.fixture
def follow(browse, console):
    """Open a link from a mail in a browser, as a user or as nobody."""

    def follow(link, user=None, **options):
        return console(user, link.split("/console/")[1], **options)

    return follow


def heading(page, name):
    """Return the heading of a screen."""
    return page.get_by_role("heading", level=1, name=name)


def set_password(page, password, again=None):
    """Fill in and send the form of a new password."""
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Password again").fill(again or password)
    page.get_by_role("button", name="Set the password").click()


def test_an_invited_user_sets_a_password_by_keyboard_and_signs_in(
    admin, follow, mailed
):
    email = f"{token_hex(8)}@example.org"
    admin.post("/users", {"name": "Dora", "email": email, "role": "customer"})
    link = mailed(email, "set-password")
    page = follow(link)
    expect(heading(page, "Choose a password")).to_be_visible()
    assert link.split("#")[1] not in page.evaluate(STORED)

    page.get_by_label("Password", exact=True).focus()
    page.keyboard.type("short")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Must be at least 8 characters long.")).to_be_visible()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.get_by_label("Password", exact=True).fill("")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(heading(page, "Sign in")).to_be_focused()
    expect(page.get_by_text("Your password is set. Sign in with it.")).to_be_visible()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(heading(page, "Your requests")).to_be_focused()


def test_a_forgotten_password_is_replaced_once(
    console, customer, follow, mailed, server
):
    email = customer.user["email"]
    page = console(None)
    page.get_by_role("link", name="Forgot your password?").click()
    expect(heading(page, "Forgot your password?")).to_be_focused()

    page.keyboard.press("Tab")
    page.keyboard.type(email)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text=SAME_WORDS)).to_be_visible()
    link = mailed(email, "set-password")
    page = follow(link)
    set_password(page, NEW_PASSWORD)
    expect(page.get_by_text("Your password is set.")).to_be_visible()

    assert server.login(email, NEW_PASSWORD).user["id"] == customer.user["id"]
    page = follow(link)
    set_password(page, NEW_PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text(SPENT)
    expect(page.locator(".form-error")).to_be_focused()
    page.get_by_role("link", name="Ask for a new link").click()
    expect(heading(page, "Forgot your password?")).to_be_focused()


def test_who_skips_to_the_content_keeps_the_link(customer, follow, mailed):
    customer.post("/password/forgot", {"email": customer.user["email"]})
    page = follow(mailed(customer.user["email"], "set-password"))
    expect(heading(page, "Choose a password")).to_be_visible()

    page.get_by_role("link", name="Skip to the content").press("Enter")
    set_password(page, NEW_PASSWORD)

    expect(page.get_by_text("Your password is set.")).to_be_visible()


def test_whoever_asks_for_a_link_is_answered_the_same(console):
    page = console(None, "forgot")

    page.get_by_label("Email").fill("nobody@example.org")
    page.get_by_role("button", name="Mail me a link").click()

    expect(page.get_by_role("status").filter(has_text=SAME_WORDS)).to_be_visible()


@pytest.mark.parametrize("has_ended", [False, True])
def test_who_has_a_session_signs_in_with_the_new_password(
    customer, follow, mailed, has_ended
):
    email = customer.user["email"]
    customer.post("/password/forgot", {"email": email})
    if has_ended:
        customer.post("/logout")
    page = follow(mailed(email, "set-password"), customer)

    set_password(page, NEW_PASSWORD)

    expect(heading(page, "Sign in")).to_be_visible()
    expect(page.get_by_text("Your password is set.")).to_be_visible()


def test_another_link_is_followed_in_the_same_tab(customer, follow, mailed):
    email = customer.user["email"]
    customer.post("/password/forgot", {"email": email})
    link = mailed(email, "set-password")
    page = follow("/console/set-password#unknown")
    set_password(page, NEW_PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text(SPENT)

    page.goto(link)
    expect(page).to_have_url(link.split("#")[0])
    set_password(page, NEW_PASSWORD)

    expect(page.get_by_text("Your password is set.")).to_be_visible()


def test_an_address_is_confirmed_at_once(customer, follow, mailed):
    link = mailed(customer.user["email"], "confirm")
    assert not customer.get("/me")["email_confirmed"]

    page = follow(link)

    confirmed = page.get_by_role("status").filter(has_text="Your email is confirmed.")
    expect(confirmed).to_be_visible()
    assert customer.get("/me")["email_confirmed"]
    page = follow(link)
    expect(page.get_by_role("alert")).to_contain_text(SPENT)
    expect(page.get_by_role("link", name="Sign in to be mailed")).to_be_visible()
    page = follow(link, customer)  # whose address is confirmed, after all
    expect(confirmed).to_be_visible()
    page.get_by_role("link", name="Go to the start").click()
    expect(heading(page, "Your requests")).to_be_focused()


def test_another_link_is_mailed_to_whoever_is_signed_in(customer, follow, mailed):
    email = customer.user["email"]
    mailed(email, "confirm")  # which it would not be any more
    page = follow("/console/confirm#unknown", customer)
    expect(page.get_by_role("alert")).to_contain_text(SPENT)

    page.get_by_role("button", name="Mail me the link again").press("Enter")

    said = page.get_by_role("status").filter(has_text=f"mailed to {email}")
    expect(said).to_be_visible()
    page = follow(mailed(email, "confirm", 2), customer)
    expect(page.get_by_text("Your email is confirmed.")).to_be_visible()


def test_who_is_in_a_session_that_has_ended_signs_in_first(customer, follow):
    customer.post("/logout")
    page = follow("/console/confirm#unknown", customer)

    page.get_by_role("link", name="Sign in to be mailed").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    again = page.get_by_role("button", name="Mail me the link again")
    expect(again).to_be_visible()
    expect(page).to_have_url(f"{customer.url}/console/me")


def test_what_the_network_prevented_is_tried_again(customer, follow, mailed):
    link = mailed(customer.user["email"], "confirm")
    page = follow("/console/sign-in")
    page.route("**/api/email/confirm", lambda route: route.abort())
    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")

    page.unroute("**/api/email/confirm")
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_text("Your email is confirmed.")).to_be_visible()


def test_without_mails_no_link_is_promised(console, customer):
    page = console(None)
    forgot = page.get_by_role("link", name="Forgot your password?")
    expect(forgot).to_be_visible()
    config = {**customer.get("/config"), "mail": False}
    page.route("**/api/config", lambda route: route.fulfill(json=config))

    page.reload()

    expect(page.get_by_label("Email")).to_be_visible()
    expect(forgot).to_be_hidden()
    page.goto(page.url.replace("sign-in", "forgot"))
    expect(page.get_by_text("No mails are sent here")).to_be_visible()
    expect(page.get_by_label("Email")).to_be_hidden()


@pytest.mark.parametrize("path", ["forgot", "set-password#x", "confirm#x"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_screens_are_accessible_and_fit(
    console, path, language, assert_accessible, assert_fits
):
    page = console(None, path, locale=language)
    direction = "rtl" if language == "ar" else "ltr"
    expect(page.locator("html")).to_have_attribute("dir", direction)
    if path.startswith("set"):
        for field in page.locator("input[type=password]").all():
            field.fill(PASSWORD)
        page.locator("button.primary").click()
    if "#" in path:
        expect(page.get_by_role("alert")).to_be_visible()
    else:
        expect(page.get_by_role("heading", level=1)).to_be_visible()

    assert_accessible(page)
    assert_fits(page)
