"""The queue follows what happens, by running its own query again."""

import time

import pytest
from console.desk import open_tickets, queue_of, row, rows

expect = pytest.importorskip("playwright.sync_api").expect

HIDE = """(isHidden) => {
  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def desk(server, customer):
    """Two tickets."""
    return open_tickets(server, customer, "First", "Second")


@pytest.fixture
def another(customer, desk):
    """Open another ticket beside them."""

    def another(subject, **fields):
        common = {"category_id": desk[0]["category_id"], "description": "-"}
        given = {"priority": "medium", **common, "subject": subject, **fields}
        return customer.post("/tickets", given)

    return another


def lists(page):
    """Note when the page asks for the list."""
    asked = []

    def note(request):
        if "/api/tickets?" in request.url:
            asked.append(request.timing["startTime"] / 1000)  # as the browser has it

    page.on("requestfinished", note)
    return asked


def is_connected(page):
    """Wait for the reload that follows the connection."""
    page.wait_for_timeout(2500)


def test_a_new_ticket_appears_by_itself(console, admin, desk, another):
    page = console(admin, queue_of(desk[0]))
    expect(rows(page)).to_have_count(2)

    another("Third")

    expect(row(page, "Third")).to_be_visible()


def test_what_does_not_fit_the_filters_does_not_appear(console, admin, desk, another):
    page = console(admin, queue_of(desk[0], priority="medium"))
    expect(rows(page)).to_have_count(2)

    another("Low", priority="low")
    another("Third")

    expect(row(page, "Third")).to_be_visible()
    expect(rows(page)).to_have_count(3)


def test_a_ticket_that_no_longer_fits_leaves(console, admin, colleague, desk):
    page = console(admin, queue_of(desk[0], status="open"))
    expect(rows(page)).to_have_count(2)

    colleague.patch(f"/tickets/{desk[0]['id']}", {"status": "closed"})

    expect(rows(page)).to_have_count(1)


def test_a_message_is_shown_with_the_number_of_unread_ones(
    console, admin, customer, desk
):
    page = console(admin, queue_of(desk[0]))
    expect(rows(page)).to_have_count(2)

    customer.say(desk[0], "Hello?")

    expect(row(page, "First")).to_contain_text("Hello?")
    expect(row(page, "First")).to_contain_text("1 unread")


def test_the_counts_of_the_views_follow(console, admin, desk, another):
    page = console(admin, queue_of(desk[0], "unassigned"))
    link = page.get_by_role("navigation").get_by_role("link", name="Mine")
    expect(link).to_contain_text("Mine 0")

    ticket = another("For Ada")
    admin.patch(f"/tickets/{ticket['id']}", {"assigned_to": admin.user["id"]})

    expect(link).to_contain_text("Mine 1", timeout=10_000)


def test_many_events_are_few_reloads_and_none_is_left_out(
    console, admin, customer, desk
):
    page = console(admin, queue_of(desk[0]))
    is_connected(page)
    asked = lists(page)
    begun = time.time()

    for number in range(25):
        admin.patch(f"/tickets/{desk[0]['id']}", {"subject": f"First {number}."})
        page.wait_for_timeout(150)

    took = time.time() - begun
    expect(row(page, "First 24.")).to_be_visible()
    gaps = [later - one for one, later in zip(asked, asked[1:], strict=False)]
    assert asked[0] - begun < took, "it does not wait for silence"
    assert min(gaps) > 1.5  # it is 2 s between the beginnings of two loads
    assert 2 <= len(asked) <= took / 2 + 2


def test_a_hidden_tab_asks_for_nothing_and_then_at_once(console, admin, desk, another):
    page = console(admin, queue_of(desk[0]))
    is_connected(page)
    page.evaluate(HIDE, True)
    asked = lists(page)

    another("Third")
    page.wait_for_timeout(3000)
    assert asked == []
    page.evaluate(HIDE, False)

    expect(row(page, "Third")).to_be_visible()


def test_colleagues_who_look_at_a_ticket_are_named(console, admin, colleague, desk):
    console(colleague, f"tickets/{desk[0]['id']}")

    page = console(admin, queue_of(desk[0]))

    expect(row(page, "First")).to_contain_text("Bob: here now")
    expect(row(page, "Second")).not_to_contain_text("here now")


def test_a_colleague_who_leaves_is_no_longer_named(console, admin, colleague, desk):
    page = console(admin, queue_of(desk[0]))
    other = console(colleague, f"tickets/{desk[0]['id']}")
    expect(row(page, "First")).to_contain_text("Bob: here now")

    other.close()

    expect(row(page, "First")).not_to_contain_text("Bob", timeout=15_000)


def test_the_title_counts_what_is_unread_from_the_beginning(
    console, admin, customer, desk
):
    admin.patch(f"/tickets/{desk[0]['id']}", {"assigned_to": admin.user["id"]})
    customer.say(desk[0], "Hello?")

    page = console(admin, queue_of(desk[0]))
    expect(page).to_have_title("(1) All – Ticketing")
    customer.say(desk[0], "Is anybody there?")

    expect(page).to_have_title("(2) All – Ticketing")


def test_a_ticket_that_is_deleted_leaves_the_list_though_it_is_open(
    console, admin, server, customer
):
    first, _ = open_tickets(server, customer, "First", "Second")
    page = console(admin, queue_of(first))
    row(page, "First").click()
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()

    admin.request("DELETE", f"/tickets/{first['id']}")

    expect(page.get_by_text("This ticket was deleted.")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    expect(row(page, "Second")).to_be_visible()
