"""One session in all tabs: how it is kept, and how it ends."""

import re

import pytest
from console.desk import open_tickets, queue_of, row
from served import PASSWORD

expect = pytest.importorskip("playwright.sync_api").expect

EXPIRES_SOON = """(ms) => {
  const session = JSON.parse(localStorage.getItem("session"));
  const refreshAt = Date.now() + ms;
  localStorage.setItem("session", JSON.stringify({ ...session, refreshAt }));
}"""
SET_TOKEN = """(token) => {
  const session = JSON.parse(localStorage.getItem("session"));
  const begun = { ...session, token, hasEnded: false };
  localStorage.setItem("session", JSON.stringify(begun));
}"""
ENDED = "Your session has ended"


@pytest.fixture
def desk(server, customer):
    """Two tickets."""
    return open_tickets(server, customer, "First", "Second")


def sign_in(page, user, password=PASSWORD, is_shared=False):
    page.get_by_label("Email").fill(user.user["email"])
    page.get_by_label("Password", exact=True).fill(password)
    if is_shared:
        page.get_by_label("This is a shared computer").check()
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page):
    page.get_by_role("button", name="Sign out").first.click()


def token_in(page, storage="localStorage"):
    stored = page.evaluate(f"() => JSON.parse({storage}.getItem('session'))")
    return stored and stored["token"]


def reload_expired(page):
    """Reload the page with a token to refresh, before it stores the session again."""
    with page.expect_navigation():
        page.evaluate(f"() => {{ ({EXPIRES_SOON})(-1); location.reload(); }}")


def count_refreshes(context):
    found = []
    context.on("request", lambda r: r.url.endswith("/api/refresh") and found.append(r))
    return found


def is_connected(page):
    page.wait_for_timeout(1000)


def test_a_token_is_refreshed_once_for_all_tabs_and_all_go_on(
    console, admin, customer, desk
):
    page = console(admin, queue_of(desk[0]))
    other = page.context.new_page()
    other.goto(page.url)
    is_connected(page)
    refreshes = count_refreshes(page.context)
    before = token_in(page)

    page.evaluate(EXPIRES_SOON, 800)
    for tab in (page, other):
        tab.reload()
        expect(row(tab, "First")).to_be_visible()
    page.wait_for_timeout(2500)

    assert len(refreshes) == 1
    assert token_in(page) != before
    assert admin.request("GET", "/me").status_code == 401  # with the first token
    customer.say(desk[0], "Are you there?")
    for tab in (page, other):
        expect(row(tab, "First")).to_contain_text("Are you there?")
        row(tab, "First").click()
        expect(tab.locator(".pane h1")).to_have_text("First")
        expect(tab.get_by_role("dialog")).to_have_count(0)


def test_a_page_opened_after_the_time_to_refresh_refreshes_first(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    expect(row(page, "First")).to_be_visible()
    before = token_in(page)

    reload_expired(page)

    expect(row(page, "First")).to_be_visible()
    assert token_in(page) != before


def test_a_refresh_that_fails_is_tried_again(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    page.route("**/api/refresh", lambda route: route.abort())
    before = token_in(page)
    reload_expired(page)
    expect(row(page, "First")).to_be_visible()
    assert token_in(page) == before

    page.unroute("**/api/refresh")
    reload_expired(page)  # the minute between two is over

    expect(row(page, "First")).to_be_visible()
    assert token_in(page) != before


def test_a_token_that_another_tab_has_replaced_is_not_the_end(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    expect(row(page, "First")).to_be_visible()
    newer = admin.post("/refresh")["token"]

    page.evaluate(SET_TOKEN, newer)  # no event: a tab is not told of what it does
    row(page, "First").click()

    expect(page.locator(".pane h1")).to_have_text("First")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_signing_out_signs_out_all_tabs_and_revokes_the_token(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    other = page.context.new_page()
    other.goto(page.url)
    expect(row(other, "First")).to_be_visible()

    sign_out(page)

    for tab in (page, other):
        expect(tab.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert token_in(page) is None
    assert admin.request("GET", "/me").status_code == 401


def test_who_signs_in_again_is_where_they_were(console, admin, desk):
    page = console(None, queue_of(desk[0]))

    sign_in(page, admin)

    expect(row(page, "First")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/all\?category_id=\d+&sort=created_at$"))


def test_signing_in_in_one_tab_signs_in_the_others(console, admin, desk):
    page = console(None, queue_of(desk[0]))
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")

    sign_in(page, admin)

    expect(row(other, "First")).to_be_visible()


def test_one_can_sign_out_without_a_connection(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    expect(row(page, "First")).to_be_visible()
    page.context.set_offline(True)

    sign_out(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert token_in(page) is None


def test_a_session_that_ended_is_begun_again_over_the_page(
    console, admin, customer, desk, assert_accessible, assert_fits
):
    page = console(admin, queue_of(desk[0]))
    row(page, "First").click()
    text = page.get_by_label("Message", exact=True)
    text.fill("Have you tried")

    admin.post("/logout")

    asked = []
    page.on("dialog", lambda question: (asked.append(question), question.dismiss()))

    dialog = page.get_by_role("dialog", name=ENDED)
    expect(dialog).to_be_visible()  # nobody has clicked anything
    assert_accessible(page)
    assert_fits(page)
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    assert asked == []  # there is nothing to discard
    dialog.get_by_label("Password", exact=True).fill("wrong password")
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog.get_by_text("Email or password is wrong")).to_be_visible()
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(text).to_have_value("Have you tried")
    customer.say(desk[0], "Are you there?")
    expect(page.get_by_role("log")).to_contain_text("Are you there?")


def test_a_session_that_ended_can_be_left(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    admin.post("/logout")
    dialog = page.get_by_role("dialog", name=ENDED)
    expect(dialog).to_be_visible()

    dialog.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_shared_computer_keeps_nothing(console, admin, desk):
    page = console(None, queue_of(desk[0]))
    sign_in(page, admin, is_shared=True)
    row(page, "First").click()
    page.get_by_label("Message", exact=True).fill("Have you tried")
    page.wait_for_timeout(500)
    assert token_in(page) is None
    assert token_in(page, "sessionStorage")
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")

    sign_out(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert token_in(page, "sessionStorage") is None
    stored = page.evaluate("() => JSON.stringify([localStorage, sessionStorage])")
    assert "Have you tried" not in stored


def test_what_was_written_on_ones_own_computer_is_there_after_signing_out(
    console, admin, desk
):
    page = console(admin, queue_of(desk[0]))
    row(page, "First").click()
    page.get_by_label("Message", exact=True).fill("Have you tried")
    sign_out(page)

    sign_in(page, admin)
    expect(page.get_by_role("heading", name="Needs answer")).to_be_visible()
    page.goto(f"{admin.url}/console/{queue_of(desk[0])}")
    row(page, "First").click()

    text = page.get_by_label("Message", exact=True)
    expect(text).to_have_value("Have you tried")


def test_who_becomes_a_customer_sees_what_customers_see(
    console, server, admin, desk
):
    page = console(admin, queue_of(desk[0]))
    expect(row(page, "First")).to_be_visible()

    server.root.patch(f"/users/{admin.user['id']}", {"role": "customer"})

    pages = page.get_by_role("navigation")
    requests = pages.get_by_role("link", name="Your requests")
    expect(requests).to_be_visible(timeout=10_000)
    expect(row(page, "First")).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_have_count(0)


def test_another_user_in_the_same_browser_finds_nothing_of_the_first(
    console, admin, colleague, desk
):
    page = console(admin, queue_of(desk[0]))
    row(page, "First").click()
    page.get_by_label("Message", exact=True).fill("Have you tried")
    sign_out(page)

    sign_in(page, colleague)
    expect(page.get_by_role("heading", name="Needs answer")).to_be_visible()
    page.goto(f"{admin.url}/console/{queue_of(desk[0])}")
    row(page, "First").click()

    expect(page.locator(".pane h1")).to_have_text("First")
    expect(page.get_by_label("Message", exact=True)).to_have_value("")


def test_a_broken_session_in_the_storage_is_none(console):
    page = console(None)
    page.evaluate("() => localStorage.setItem('session', '{\"token\": 7}')")

    page.reload()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
