"""What narrows and orders the queue; all of it is in the address."""

import re
import secrets

import pytest
from console.desk import open_tickets, queue_of, row, rows

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def desk(server, customer):
    """A ticket of low and two of high priority, the second of them Ada's."""
    low = open_tickets(server, customer, "Low", priority="low")
    high = [
        customer.post("/tickets", {**fields(low[0], "high"), "subject": subject})
        for subject in ("High", "Other")
    ]
    return low + high


def fields(ticket, priority):
    return {
        "category_id": ticket["category_id"],
        "description": "-",
        "priority": priority,
    }


def open_menu(page):
    page.get_by_role("button", name="Filter", exact=True).click()


def test_a_filter_is_in_the_address_and_back_restores_the_list(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    expect(rows(page)).to_have_count(3)

    open_menu(page)
    page.get_by_label("High", exact=True).check()
    expect(rows(page)).to_have_count(2)
    expect(page).to_have_url(re.compile("priority=high"))
    page.get_by_label("Low", exact=True).check()
    expect(rows(page)).to_have_count(3)

    page.go_back()
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_label("Low", exact=True)).not_to_be_checked()
    page.go_back()
    expect(rows(page)).to_have_count(3)
    page.go_forward()
    expect(rows(page)).to_have_count(2)


def test_filters_and_order_survive_the_visit_of_a_ticket(console, admin, desk):
    page = console(admin, queue_of(desk[0], priority="high"))
    row(page, "Other").click()
    expect(page.locator(".pane h1")).to_have_text("Other")

    page.get_by_role("link", name="Back to the list").or_(
        page.get_by_role("heading", level=1)
    ).first.focus()
    page.keyboard.press("u")

    expect(page).to_have_url(re.compile(r"sort=created_at&priority=high$"))
    expect(rows(page)).to_have_count(2)


def test_each_filter_is_a_button_that_removes_it(console, admin, desk):
    page = console(admin, queue_of(desk[0], priority="high,low"))
    expect(rows(page)).to_have_count(3)

    page.get_by_role("button", name="Remove the filter Priority: Low").click()

    expect(rows(page)).to_have_count(2)
    expect(page).to_have_url(re.compile("priority=high$"))


def test_a_filter_by_category_or_assignee_is_named(console, admin, desk):
    page = console(admin, queue_of(desk[0], assigned_to=str(admin.user["id"])))

    name = desk[0]["category"]["name"]
    expect(page.get_by_role("button", name=f"Category: {name}")).to_be_visible()
    expect(page.get_by_role("button", name="Assignee: Ada")).to_be_visible()


def test_what_a_view_narrows_can_be_lifted(console, admin, desk):
    admin.patch(f"/tickets/{desk[1]['id']}", {"status": "closed"})
    page = console(admin, queue_of(desk[0], "needs_answer"))
    expect(rows(page)).to_have_count(2)

    open_menu(page)
    for status in ("Open", "In progress"):
        page.get_by_label(status, exact=True).uncheck()
    page.get_by_label("Waiting for").select_option("any")

    expect(rows(page)).to_have_count(3)
    expect(page).to_have_url(re.compile("status=any&waiting_on=any"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove the filter Status: any").click()
    expect(rows(page)).to_have_count(2)


def test_a_filter_that_says_what_the_view_says_is_not_in_the_address(
    console, admin, desk
):
    page = console(admin, queue_of(desk[0], "needs_answer"))

    open_menu(page)
    page.get_by_label("Open", exact=True).uncheck()
    expect(page).to_have_url(re.compile("status=in_progress"))
    page.get_by_label("Open", exact=True).check()

    expect(page).not_to_have_url(re.compile("status"))


def test_tickets_are_filtered_by_tag(console, admin, desk):
    tag = f"tag{secrets.token_hex(4)}"
    url = f"/tickets/{desk[1]['id']}/tags"
    assert admin.request("PUT", url, {"tags": [tag]}).ok
    page = console(admin, queue_of(desk[0]))

    open_menu(page)
    page.get_by_label(tag).check()

    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("High")


def test_the_order_is_chosen_and_in_the_address(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    expect(rows(page).first).to_contain_text("Low")

    page.get_by_label("Order").select_option("Most urgent first")

    expect(rows(page).first).not_to_contain_text("Low")
    expect(page).to_have_url(re.compile("sort=-priority"))


def test_a_list_without_tickets_says_why_and_shows_the_way_to_all(console, admin, desk):
    page = console(admin, queue_of(desk[0], priority="urgent"))

    expect(page.get_by_text("No ticket fits these filters.")).to_be_visible()
    page.get_by_role("link", name="Show all of them").click()

    expect(page).to_have_url(re.compile("/console/queue/all$"))
    expect(rows(page).first).to_be_visible()


def test_a_filter_that_the_service_refuses_is_explained(console, admin):
    page = console(admin, "queue/all?priority=enormous")

    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Must be one of")
    expect(page.get_by_text("X-Request-ID")).to_be_visible()


def test_escape_closes_the_filters_and_a_click_elsewhere_too(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    button = page.get_by_role("button", name="Filter", exact=True)
    button.press("Enter")
    page.get_by_label("High", exact=True).focus()

    page.keyboard.press("Escape")

    expect(page.get_by_label("High", exact=True)).to_have_count(0)
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    page.get_by_role("heading", level=1).click()
    expect(page.get_by_label("High", exact=True)).to_have_count(0)


def test_a_filtered_list_is_saved_as_a_view_of_ones_own(
    console, admin, colleague, desk
):
    page = console(admin, queue_of(desk[0], priority="high"))

    page.get_by_role("button", name="Save as view").click()
    page.get_by_label("Name").fill("Hot")
    page.get_by_role("button", name="Save", exact=True).click()

    pages = page.get_by_role("navigation")
    expect(pages.get_by_role("link", name="Hot 2")).to_have_attribute(
        "aria-current", "page"
    )
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Save as view")).to_have_count(0)
    names = [view["name"] for view in colleague.get("/views")["data"]]
    assert "Hot" not in names


def test_a_view_without_a_name_is_refused_at_the_field(console, admin, desk):
    page = console(admin, queue_of(desk[0], priority="high"))
    page.get_by_role("button", name="Save as view").click()

    page.get_by_role("button", name="Save", exact=True).click()

    name = page.get_by_label("Name")
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")


def test_a_saved_view_is_replaced_by_what_it_was_changed_to(console, admin, desk):
    query = {"category_id": str(desk[0]["category_id"]), "priority": "high"}
    view = admin.post("/views", {"name": "Hot", "query": query, "shared": False})
    page = console(admin, f"queue/{view['id']}")
    expect(rows(page)).to_have_count(2)

    open_menu(page)
    page.get_by_label("Low", exact=True).check()
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save as view").click()
    page.get_by_role("button", name="Replace Hot").click()

    expect(page).to_have_url(re.compile(rf"/queue/{view['id']}$"))
    expect(rows(page)).to_have_count(3)
    assert admin.get(f"/views/{view['id']}")["query"]["priority"] == "high,low"
