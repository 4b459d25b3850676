"""What the console says while the service cannot be reached, or refuses."""

import re
import time

import pytest
from console.desk import open_tickets, queue_of, row, rows
from served import PASSWORD

expect = pytest.importorskip("playwright.sync_api").expect

BANNER = "Not connected."
MAX_TABS = 10  # of a user, by default
REFUSED = {
    "status": 429,
    "headers": {"Retry-After": "3", "X-Request-ID": "request-7"},
    "json": {"message": "Too many requests.", "code": "too_many_requests"},
}


@pytest.fixture
def desk(server, customer):
    """Two tickets."""
    return open_tickets(server, customer, "First", "Second")


def banner(page):
    return page.get_by_role("status").filter(has_text=BANNER)


def test_a_lost_connection_is_said_after_a_moment_and_its_return_too(
    console, admin, customer, desk
):
    page = console(admin, queue_of(desk[0]))
    expect(row(page, "First")).to_be_visible()
    page.wait_for_timeout(1000)

    page.context.set_offline(True)
    begun = time.monotonic()
    expect(banner(page)).to_be_visible()
    took = time.monotonic() - begun
    customer.say(desk[0], "Are you there?")
    page.context.set_offline(False)

    expect(row(page, "First")).to_contain_text("Are you there?", timeout=15_000)
    expect(banner(page)).to_have_count(0)
    assert took > 1.4


def test_a_short_gap_is_not_worth_a_word(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    expect(row(page, "First")).to_be_visible()
    page.wait_for_timeout(1000)

    page.context.set_offline(True)
    page.wait_for_timeout(300)
    page.context.set_offline(False)

    for _ in range(8):
        assert banner(page).count() == 0
        page.wait_for_timeout(250)


def test_one_tab_too_many_says_why_and_is_connected_when_another_is_closed(
    console, customer
):
    page = console(customer, "tickets")
    heading = page.get_by_role("heading", name="Your requests")
    for _ in range(MAX_TABS):
        expect(heading).to_be_visible()
        page = page.context.new_page()
        page.goto(f"{customer.url}/console/tickets")
        heading = page.get_by_role("heading", name="Your requests")
    expect(banner(page)).to_contain_text(f"At most {MAX_TABS} connections at a time.")
    knocks = []
    page.on("websocket", lambda socket: knocks.append(socket))
    page.wait_for_timeout(4000)
    assert len(knocks) <= 2

    page.context.pages[0].close()

    expect(banner(page)).to_have_count(0, timeout=15_000)


def test_without_a_connection_the_list_is_still_there(
    console, admin, desk, assert_accessible, assert_fits
):
    page = console(admin, queue_of(desk[0]))
    expect(rows(page)).to_have_count(2)

    page.context.set_offline(True)
    expect(banner(page)).to_be_visible()

    expect(rows(page)).to_have_count(2)
    assert_accessible(page)
    assert_fits(page)


def test_a_page_that_cannot_start_says_so_and_starts_when_it_can(
    console, admin, desk, assert_accessible, assert_fits
):
    page = console(None)
    page.route("**/api/config", lambda route: route.abort())
    page.goto(f"{admin.url}/console/{queue_of(desk[0])}")
    failed = page.get_by_role("heading", name="The service does not answer")
    expect(failed).to_be_visible()
    assert_accessible(page)
    assert_fits(page)

    page.unroute("**/api/config")

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in", timeout=8000)


def test_a_page_that_cannot_start_can_be_asked_to_try_again(console, admin, desk):
    page = console(None)
    page.route("**/api/config", lambda route: route.abort())
    page.reload()
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute("**/api/config")

    again.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in", timeout=2000)


def test_screens_that_could_not_be_loaded_are_with_the_next_connection(
    console, customer
):
    page = console(None)
    page.route("**/screens/all.js", lambda route: route.abort())
    page.reload()
    page.get_by_label("Email").fill(customer.user["email"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.unroute("**/screens/all.js")

    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_role("heading", name="Your requests")).to_be_visible()


def test_what_is_refused_says_when_to_try_again_and_which_request_it_was(
    console, admin, desk
):
    page = console(admin, queue_of(desk[0]))
    expect(rows(page)).to_have_count(2)
    page.route("**/api/tickets?*", lambda route: route.fulfill(**REFUSED))
    page.get_by_label("Order").select_option("Newest first")
    failed = page.locator(".failed")

    expect(failed.get_by_role("alert")).to_have_text("Too many requests.")
    expect(failed).to_contain_text("Try again in 3 s.")
    expect(failed).to_contain_text("X-Request-ID: request-7")
    expect(failed).not_to_contain_text("Try again in", timeout=6000)
    page.unroute("**/api/tickets?*")
    failed.get_by_role("button", name="Try again").click()

    expect(rows(page)).to_have_count(2)
    expect(failed).to_have_count(0)


def test_what_was_loaded_stays_when_a_reload_fails(console, admin, customer, desk):
    page = console(admin, queue_of(desk[0]))
    expect(rows(page)).to_have_count(2)
    page.wait_for_timeout(2500)
    page.route("**/api/tickets?*", lambda route: route.fulfill(**REFUSED))

    customer.say(desk[0], "Are you there?")

    expect(page.get_by_role("alert")).to_have_text("Too many requests.")
    expect(rows(page)).to_have_count(2)


def test_a_process_that_is_being_restarted_is_asked_again(console, admin, desk):
    asked = []

    def answer(route):
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=503, body="<html>nginx</html>")
        else:
            route.continue_()

    page = console(admin, "queue/mine")
    expect(page.get_by_text("Nothing here")).to_be_visible()
    page.route(re.compile("/api/tickets"), answer)

    page.get_by_role("link", name="All", exact=False).last.click()

    expect(rows(page).first).to_be_visible()
    assert len(asked) > 1


def test_a_list_that_was_left_before_it_came_is_not_shown(
    console, admin, desk
):
    page = console(admin, queue_of(desk[0], assigned_to="none"))
    expect(rows(page)).to_have_count(2)

    def late(route):
        page.wait_for_timeout(700)
        route.continue_()

    page.route(re.compile("/api/tickets.*priority=low"), late)
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Low", exact=True).check()
    page.get_by_label("Medium", exact=True).check()

    expect(rows(page)).to_have_count(2)
    page.wait_for_timeout(1500)
    expect(rows(page)).to_have_count(2)
