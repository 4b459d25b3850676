"""What is shown of people whose data was erased."""

import pytest
import served
from console.desk import queue_of, row
from served import PASSWORD, open_ticket, register

expect = pytest.importorskip("playwright.sync_api").expect

CANARY = "Wanadoo"
NOT_WORDS = ("null", "undefined", "NaN", "[object")
NAME = "Deleted user"
FORMER_NAME = "Balthasar"  # whom no other test knows


def read_all(user, url):
    """Return a ticket and both streams of its history as an admin reads them."""
    paths = (url, f"{url}/events", f"{url}/events?stream=staff")
    return "".join(user.request("GET", path).text for path in paths)


@pytest.fixture
def erased(server, set_up, admin, customer):
    """A ticket of a customer who wrote wherever they can, and has left."""
    words = {"on": "ticket.opened", "conditions": {"words": [CANARY]}}
    actions = {"priority": "urgent"}
    set_up("/rules", name="Names", actions=actions, **words)
    texts = {"subject": f"{CANARY} 1", "description": f"{CANARY} 2"}
    ticket = open_ticket(server, customer, **texts)
    url = f"/tickets/{ticket['id']}"
    customer.patch(url, {"subject": f"{CANARY} 3", "description": f"{CANARY} 4"})
    comment = customer.post(f"{url}/comments", {"content": f"{CANARY} 5"})
    customer.patch(f"/comments/{comment['id']}", {"content": f"{CANARY} 6"})
    gone = customer.post(f"{url}/comments", {"content": f"{CANARY} 7"})
    customer.request("DELETE", f"/comments/{gone['id']}")
    admin.say(ticket, "Unplug it.")
    served.wait_until(lambda: admin.get(url)["priority"] == "urgent")
    admin.patch(url, {"status": "resolved"})
    rating = {"score": 4, "comment": f"{CANARY} 8"}
    assert customer.request("PUT", f"{url}/rating", rating).ok
    file = (f"{CANARY}.txt", CANARY.encode())
    customer.upload(url, *file, field="attachment", how="PATCH")
    added = customer.upload(f"{url}/files", *file)
    message = {"message": f"{CANARY} 9", "file_ids": [added["id"]]}
    customer.post(f"{url}/messages", message)
    own = {"current_password": PASSWORD}
    assert customer.request("DELETE", "/me", own).status_code == 204
    served.wait_until(lambda: CANARY not in read_all(admin, url))
    return ticket


def texts_of(page):
    """Return all that a page shows, with what is folded."""
    for summary in page.locator("summary").all():
        summary.evaluate("(summary) => { summary.parentElement.open = true; }")
    return page.locator("body").inner_text()


def expect_words(page):
    """Check that a page shows no text that is gone, nor what stands for one."""
    shown = texts_of(page)
    assert [word for word in (*NOT_WORDS, CANARY) if word in shown] == []


def open_log(page):
    """Wait until the whole timeline is there; return it."""
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()
    return page.get_by_role("log")


def test_an_agent_reads_what_is_left_of_a_customer(console, admin, erased):
    page = console(admin, f"tickets/{erased['id']}")
    log = open_log(page)

    expect_words(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Deleted")
    expect(log.locator(".opening")).to_contain_text(NAME)
    expect(log.locator(".message").first).to_contain_text("Unplug it.")
    expect(log.locator(".message").last).to_contain_text(NAME)
    expect(log.locator(".message").last).to_contain_text("This was deleted.")
    expect(log.locator(".comment").first).to_contain_text("This was deleted.")
    expect(log.locator(".comment").last).to_contain_text(f"Deleted by {NAME}.")
    expect(log).to_contain_text(f"{NAME} changed subject: deleted and description")
    expect(log).to_contain_text(
        "System changed subject: Deleted, description, and attachment: none"
    )
    expect(log).not_to_contain_text("and rating: Good")
    expect(log).to_contain_text("(words: deleted)")
    expect(page.locator(".panel")).to_contain_text("Rating: Good")


def test_a_ticket_of_nobodys_can_still_be_handled(console, admin, erased):
    page = console(admin, f"tickets/{erased['id']}")
    log = open_log(page)

    page.get_by_role("button", name="Edit").first.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Description")).to_have_value("")
    dialog.get_by_label("Subject").fill("An old fire")
    dialog.get_by_label("Subject").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("An old fire")
    log.locator(".comment").first.get_by_role("button", name="Delete").press("Enter")
    expect_words(page)
    page.get_by_role("dialog").get_by_role("button", name="Delete").press("Enter")

    expect(log.locator(".comment").first).to_contain_text("Deleted by Ada.")


def test_the_queue_and_the_dashboard_show_no_trace(console, admin, erased):
    page = console(admin, queue_of(erased))

    expect(row(page, "Deleted")).to_contain_text(NAME)
    expect_words(page)
    page.goto(f"{admin.url}/console/dashboard?category_id={erased['category_id']}")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect_words(page)
    page.goto(f"{admin.url}/console/search?q={CANARY}")
    expect(page.locator(".empty")).to_be_visible()


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "ar"])
def test_what_is_left_is_accessible_and_fits(
    console, admin, erased, locale, assert_accessible, assert_fits
):
    page = console(admin, f"tickets/{erased['id']}", locale=locale)
    open_log(page)

    expect_words(page)
    assert_accessible(page)
    assert_fits(page)


@pytest.fixture
def left(server, admin, customer, ticket):
    """A customer's ticket on which an admin worked whose account was deleted since."""
    colleague = register(server, FORMER_NAME, "admin")
    url = f"/tickets/{ticket['id']}"
    colleague.patch(url, {"assigned_to": colleague.user["id"]})
    colleague.say(ticket, "Unplug it.")
    customer.say(ticket, "Thank you.")
    colleague.post(f"{url}/comments", {"content": "It is old."})
    colleague.post(f"{url}/comments", {"content": "Poor Carla.", "internal": True})
    path = f"/users/{colleague.user['id']}"
    assert admin.request("DELETE", path).status_code == 204
    served.wait_until(lambda: FORMER_NAME not in read_all(admin, url))
    return ticket


def test_a_customer_reads_what_an_admin_wrote_who_has_left(
    console, customer, left, assert_accessible, assert_fits
):
    page = console(customer, "tickets")
    expect(row(page, left["subject"])).to_contain_text(f"{NAME}: It is old.")

    row(page, left["subject"]).press("Enter")
    log = open_log(page)

    expect(log.locator(".message").first).to_contain_text(NAME)
    expect(log.locator(".message").first).to_contain_text("Unplug it.")
    expect(log).to_contain_text(f"{NAME} changed assignee: {NAME}")
    expect(log).to_contain_text("changed assignee: nobody")
    expect_words(page)
    assert FORMER_NAME not in texts_of(page)
    assert_accessible(page)
    assert_fits(page)


def test_colleagues_read_it_too(console, admin, left):
    page = console(admin, f"tickets/{left['id']}")
    log = open_log(page)

    expect(log.locator(".note")).to_contain_text(NAME)
    expect(log.locator(".note")).to_contain_text("Poor Carla.")
    expect_words(page)
    assert FORMER_NAME not in texts_of(page)
