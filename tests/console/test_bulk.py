"""One change to several tickets of the list."""

import pytest
from console.desk import open_tickets, queue_of, row, rows

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def desk(server, customer):
    """Three tickets."""
    return open_tickets(server, customer, "First", "Second", "Third")


def select(page, *tickets):
    for ticket in tickets:
        page.get_by_label(f"Select #{ticket['id']}", exact=True).check()


def apply(page):
    page.get_by_role("button", name="Apply").click()


def changed(page):
    return page.locator(".bulk")


def test_the_selected_tickets_are_changed_and_only_as_chosen(
    console, admin, colleague, desk
):
    page = console(admin, queue_of(desk[0]))
    select(page, *desk[:2])
    expect(changed(page)).to_contain_text("2 selected")

    page.get_by_label("Status").select_option("In progress")
    apply(page)

    expect(changed(page)).to_contain_text("2 changed")
    before_and_after = [
        (ticket, admin.get(f"/tickets/{ticket['id']}")) for ticket in desk
    ]
    assert [after["status"] for _, after in before_and_after] == [
        *("in_progress", "in_progress", "open")
    ]
    for before, after in before_and_after:
        for field in ("assigned_to", "priority", "category_id"):
            assert after[field] == before[field], field


def test_tickets_are_assigned_and_unassigned(console, admin, colleague, desk):
    page = console(admin, queue_of(desk[0]))
    select(page, desk[0])

    page.get_by_label("Assignee").select_option(str(colleague.user["id"]))
    apply(page)
    expect(row(page, "First")).to_contain_text("Bob")
    page.get_by_label("Assignee").select_option("nobody")
    apply(page)

    expect(row(page, "First")).not_to_contain_text("Bob")


def test_what_becomes_of_each_ticket_is_said(console, admin, colleague, desk):
    page = console(admin, queue_of(desk[0]))
    select(page, *desk)
    assert colleague.request("DELETE", f"/tickets/{desk[1]['id']}").ok
    expect(row(page, "Second")).to_be_hidden()

    page.get_by_label("Priority").select_option("Urgent")
    apply(page)

    expect(changed(page)).to_contain_text("2 changed and 1 refused")
    expect(changed(page)).to_contain_text(f"#{desk[1]['id']}: ")
    expect(page.get_by_role("status").filter(has_text="2 changed")).to_have_count(1)


def test_nothing_chosen_is_nothing_changed_and_said_so(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    select(page, desk[0])

    apply(page)

    expect(page.get_by_role("alert")).not_to_be_empty()


def test_more_than_ten_are_asked_about_first(console, server, admin, customer):
    desk = open_tickets(server, customer, *(f"Number {n}" for n in range(11)))
    page = console(admin, queue_of(desk[0]))
    page.get_by_label("Select all that are shown").check()
    page.get_by_label("Status").select_option("Closed")
    apply(page)
    question = page.get_by_role("dialog", name="Change 11 tickets?")
    expect(question).to_be_visible()

    question.get_by_role("button", name="Cancel").click()
    expect(question).to_be_hidden()
    assert admin.get(f"/tickets/{desk[0]['id']}")["status"] == "open"
    apply(page)
    question.get_by_role("button", name="Apply").click()

    expect(changed(page)).to_contain_text("11 changed")
    expect(question).to_be_hidden()
    assert admin.get(f"/tickets/{desk[10]['id']}")["status"] == "closed"


def test_more_than_a_hundred_are_changed_at_once(console, server, admin, customer):
    desk = open_tickets(server, customer, *(f"Number {n}" for n in range(102)))
    page = console(admin, queue_of(desk[0]))
    page.get_by_role("button", name="Show more").click()
    expect(rows(page)).to_have_count(102)
    page.get_by_label("Select all that are shown").check()

    page.get_by_label("Priority").select_option("Low")
    apply(page)
    page.get_by_role("dialog").get_by_role("button", name="Apply").click()

    expect(changed(page)).to_contain_text("102 changed", timeout=30_000)


def test_the_selection_survives_what_happens_meanwhile(
    console, admin, colleague, desk
):
    page = console(admin, queue_of(desk[0], status="open"))
    select(page, *desk[:2])

    colleague.patch(f"/tickets/{desk[0]['id']}", {"status": "closed"})
    colleague.patch(f"/tickets/{desk[2]['id']}", {"status": "closed"})

    expect(row(page, "Third")).to_have_count(0)
    expect(row(page, "First")).to_contain_text("No longer in this list")
    expect(changed(page)).to_contain_text("2 selected")
    page.get_by_role("button", name="Select none").click()
    expect(changed(page)).to_have_count(0)
    expect(rows(page)).to_have_count(1)


def test_all_that_are_shown_are_selected_and_none_again(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    everything = page.get_by_label("Select all that are shown")

    everything.check()
    expect(changed(page)).to_contain_text("3 selected")
    everything.uncheck()

    expect(changed(page)).to_have_count(0)


def test_tickets_are_selected_by_a_key(console, admin, desk):
    page = console(admin, queue_of(desk[0]))
    row(page, "First").focus()

    for key in ("x", "j", "x"):
        page.keyboard.press(key)

    expect(changed(page)).to_contain_text("2 selected")
    expect(page.get_by_label(f"Select #{desk[1]['id']}", exact=True)).to_be_checked()
    page.keyboard.press("x")
    expect(changed(page)).to_contain_text("1 selected")
