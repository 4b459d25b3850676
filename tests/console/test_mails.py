"""What one is mailed of, in one's settings; and whether one's address is confirmed."""

import secrets

import pytest
from served import PASSWORD

expect = pytest.importorskip("playwright.sync_api").expect

OF_CUSTOMERS = {"ticket_received", "reply", "status"}
OF_ADMINS = OF_CUSTOMERS | {"ticket_opened", "assigned", "alert"}
UNCONFIRMED = "Your address is not confirmed yet."


def switches(page):
    """Return the checkboxes of the kinds of mails."""
    part = page.locator("section").filter(
        has=page.get_by_role("heading", name="Mails to you")
    )
    return part.get_by_role("checkbox")


@pytest.mark.parametrize(
    ("who", "kinds"), [("customer", OF_CUSTOMERS), ("admin", OF_ADMINS)]
)
def test_one_sees_the_kinds_of_mails_that_concern_one(request, console, who, kinds):
    user = request.getfixturevalue(who)
    wanted = user.get("/me/notifications")["email"]

    page = console(user, "me")

    expect(switches(page)).to_have_count(len(kinds))
    shown = {box.get_attribute("name"): box for box in switches(page).all()}
    assert set(shown) == kinds
    assert {name: box.is_checked() for name, box in shown.items()} == {
        name: wanted[name] for name in kinds
    }


def test_a_kind_of_mail_is_switched_off_by_keyboard_at_once(console, customer):
    page = console(customer, "me")
    answer = page.get_by_role("checkbox", name="New replies")

    answer.press(" ")

    expect(page.get_by_text("Saved.")).to_be_attached()
    wanted = customer.get("/me/notifications")["email"]
    assert (wanted["reply"], wanted["status"]) == (False, True)
    page.reload()
    expect(answer).not_to_be_checked()


def test_what_is_not_saved_is_shown_as_it_was(console, customer):
    page = console(customer, "me")
    answer = page.get_by_role("checkbox", name="New replies")
    expect(answer).to_be_checked()
    page.route("**/api/me/notifications", lambda route: route.abort())

    answer.click()

    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(answer).to_be_checked()


def test_a_link_to_confirm_an_address_is_mailed_again(console, customer, mailed):
    email = customer.user["email"]
    mailed(email, "confirm")
    page = console(customer, "me")
    expect(page.get_by_text(UNCONFIRMED)).to_be_visible()

    page.get_by_role("button", name="Mail me the link again").click()

    said = page.get_by_role("status").filter(has_text=f"mailed to {email}")
    expect(said).to_be_visible()
    token = mailed(email, "confirm", 2).split("#")[1]
    customer.post("/email/confirm", {"token": token})
    page.reload()
    expect(page.get_by_text(UNCONFIRMED)).to_be_hidden()


def test_whoever_creates_an_account_is_told_of_the_link(console, mailed):
    email = f"zoe.{secrets.token_hex(8)}@example.org"
    page = console(None)
    page.get_by_role("button", name="Create an account").click()

    page.get_by_label("Name").fill("Zoe")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Create an account").click()

    expect(page.get_by_text(f"A link is mailed to {email}.")).to_be_visible()
    assert mailed(email, "confirm")


def test_without_mails_there_is_nothing_to_choose(console, customer):
    page = console(customer, "tickets")
    config = {**customer.get("/config"), "mail": False}
    page.route("**/api/config", lambda route: route.fulfill(json=config))

    page.reload()
    page.get_by_role("link", name="Carla").click()

    expect(page.get_by_role("heading", name="Language and time zone")).to_be_visible()
    expect(page.get_by_role("heading", name="Mails to you")).to_be_hidden()
    expect(page.get_by_text(UNCONFIRMED)).to_be_hidden()
