"""The screen of users."""

from secrets import token_hex

import pytest
from served import PASSWORD, register

expect = pytest.importorskip("playwright.sync_api").expect


def test_users_are_found_by_the_filters_in_the_address(console, admin, customer):
    page = console(admin, "users")
    email = customer.user["email"]

    page.get_by_label("Name or email").fill(email)
    page.get_by_label("Name or email").press("Enter")
    row = page.get_by_role("row", name=email)
    expect(row).to_contain_text("Carla")
    expect(page).to_have_url(f"{admin.url}/console/users?q={email.replace('@', '%40')}")
    page.get_by_label("Role").select_option("Admin")
    page.get_by_role("button", name="Show", exact=True).click()

    expect(page.get_by_text("Nobody is found.")).to_be_visible()
    page.go_back()
    expect(row).to_be_visible()
    expect(page.get_by_label("Role")).to_have_value("")


def test_a_long_list_is_continued(console, admin, server):
    name = f"Zoe {token_hex(4)}"
    body = {"name": name, "password": PASSWORD, "password_confirmation": PASSWORD}
    for number in range(26):
        email = f"{token_hex(8)}@example.org"
        admin.post("/register", {**body, "email": email, "name": f"{name} {number}"})
    page = console(admin, f"users?q={name}")

    page.get_by_role("button", name="Show more").click()

    rows = page.get_by_role("row", name=name)
    expect(rows).to_have_count(26)
    expect(rows.nth(25).get_by_role("button").first).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


def test_a_customer_becomes_an_admin_once_that_is_confirmed(console, admin, customer):
    email = customer.user["email"]
    page = console(admin, f"users?q={email}")

    page.get_by_role("button", name="Make admin: Carla").click()
    dialog = page.get_by_role("dialog", name="Make Carla an admin?")
    expect(dialog).to_contain_text("see all tickets")
    dialog.get_by_role("button", name="Make admin").click()

    expect(page.get_by_role("button", name="Make customer: Carla")).to_be_visible()
    assert admin.get(f"/users?q={email}")["data"][0]["role"] == "admin"


def test_what_happens_to_their_tickets_is_said_before(
    console, admin, colleague, ticket
):
    admin.patch(f"/tickets/{ticket['id']}", {"assigned_to": colleague.user["id"]})
    page = console(admin, f"users?q={colleague.user['email']}")

    page.get_by_role("button", name="Deactivate: Bob").click()
    dialog = page.get_by_role("dialog", name="Deactivate Bob?")
    expect(dialog).to_contain_text("1 ticket of Bob becomes unassigned.")
    dialog.get_by_role("button", name="Deactivate").click()

    expect(page.get_by_role("button", name="Activate: Bob")).to_be_visible()
    assert admin.get(f"/tickets/{ticket['id']}")["assigned_to"] is None


def test_the_last_admin_stays_one_and_is_told_why(console, admin):
    page = console(admin, f"users?q={admin.user['email']}")
    refusal = {"message": "The last active admin must stay one.", "code": "last_admin"}
    page.route("**/api/users/*", lambda route: route.fulfill(status=409, json=refusal))

    page.get_by_role("button", name="Make customer: Ada").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make customer").click()

    expect(dialog.get_by_role("alert")).to_contain_text(refusal["message"])
    expect(dialog).to_be_visible()


def test_who_is_no_admin_any_more_sees_a_customers_pages(console, admin):
    page = console(admin, f"users?q={admin.user['email']}")

    page.get_by_role("button", name="Make customer: Ada").click()
    page.get_by_role("dialog").get_by_role("button", name="Make customer").click()

    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_role("link", name="Your requests")).to_be_visible()


def test_an_admin_invites_somebody_by_keyboard(console, admin, mailed):
    email = f"{token_hex(8)}@example.org"
    page = console(admin, f"users?q={email}")
    invite = page.get_by_role("button", name="Invite", exact=True)

    invite.press("Enter")
    dialog = page.get_by_role("dialog", name="Invite")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Dora")
    page.keyboard.press("Tab")
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type("Admin")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    link = dialog.get_by_label("Invitation")
    expect(link).to_be_focused()
    expect(link).to_have_value(mailed(email, "set-password"))
    page.keyboard.press("Escape")

    expect(invite).to_be_focused()
    row = page.get_by_role("row", name=email)
    expect(row).to_contain_text("Admin")
    expect(row).not_to_contain_text("not confirmed")


def test_an_invitation_is_made_once_more_and_copied(console, admin):
    email = f"{token_hex(8)}@example.org"
    body = {"name": "Dora", "email": email, "role": "customer"}
    first = admin.post("/users", body)["invitation_url"]
    permissions = ["clipboard-read", "clipboard-write"]
    page = console(admin, f"users?q={email}", permissions=permissions)

    page.get_by_role("button", name="Invite again: Dora").click()
    dialog = page.get_by_role("dialog", name="Invite Dora again?")
    dialog.get_by_role("button", name="Make a new invitation").click()
    link = dialog.get_by_label("Invitation")
    expect(link).not_to_have_value(first)
    page.keyboard.press("ControlOrMeta+C")

    assert page.evaluate("navigator.clipboard.readText()") == link.input_value()


def test_who_has_set_a_password_is_not_invited_again(console, admin, server):
    email = f"{token_hex(8)}@example.org"
    body = {"name": "Dora", "email": email, "role": "customer"}
    _, token = admin.post("/users", body)["invitation_url"].split("#")
    password = {"password": PASSWORD, "password_confirmation": PASSWORD}
    server.root.post("/password/reset", {"token": token, **password})
    page = console(admin, f"users?q={email}")

    page.get_by_role("button", name="Invite again: Dora").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make a new invitation").click()

    refusal = "This user has set a password already."
    expect(dialog.get_by_role("alert")).to_contain_text(refusal)


def test_who_is_known_to_have_a_password_is_not_offered_an_invitation(
    console, admin, customer, colleague
):
    colleague.patch("/me", {"available": False})

    for user, sign in ((customer, "not confirmed"), (colleague, "away"), (admin, "")):
        page = console(admin, f"users?q={user.user['email']}")
        row = page.get_by_role("row", name=user.user["name"])
        expect(row).to_contain_text(sign)
        expect(row.get_by_role("button", name="Deactivate")).to_be_visible()
        expect(row.get_by_role("button", name="Invite again")).to_have_count(0)


def test_users_are_accessible_and_fit(
    console, admin, server, assert_accessible, assert_fits
):
    name = f"Eve {token_hex(4)}"
    register(server, name.replace(" ", ""))
    page = console(admin, f"users?q={name.replace(' ', '')}")
    expect(page.get_by_role("row", name="Eve")).to_be_visible()

    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Invite", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    dialog.get_by_label("Name").fill("Dora")
    dialog.get_by_label("Email").fill(f"{token_hex(8)}@example.org")
    dialog.get_by_role("button", name="Invite").click()
    expect(dialog.get_by_label("Invitation")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
