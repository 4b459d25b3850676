"""What rules did, in the timeline of a ticket."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

NAME = "Canary 7f3a"


@pytest.fixture
def add_rule(set_up, ticket):
    """Create a rule for tickets that are opened in the category of the ticket."""

    def add_rule(conditions=(), on="ticket.opened", **actions):
        of_category = {"category_id": [ticket["category_id"]]}
        conditions = of_category | dict(conditions)
        return set_up(
            "/rules", name=NAME, on=on, conditions=conditions, actions=actions
        )

    return add_rule


@pytest.fixture
def another(customer, ticket):
    """Open another ticket like the one there is; return it."""
    fields = ("category_id", "subject", "description", "priority")
    return lambda: customer.post("/tickets", {name: ticket[name] for name in fields})


@pytest.fixture
def open_desk(console, admin):
    """Open a ticket as an admin; return the page."""

    def open_desk(ticket):
        page = console(admin, f"tickets/{ticket['id']}")
        expect(page.locator(".log:not([aria-busy])")).to_be_visible()
        return page

    return open_desk


def test_what_a_rule_did_and_why_is_said(open_desk, admin, ticket, add_rule, another):
    add_rule(
        {"assigned": False, "words": ["ink", "printer"], "waiting_on": ["support"]},
        assign={"to": admin.user["id"]},
        priority="urgent",
        status="in_progress",
        notify="assignee",
    )

    page = open_desk(another())

    entry = page.locator("li.entry.automatic")
    expect(entry).to_contain_text(
        f"The rule “{NAME}” assigned it to Ada, set the priority to Urgent, set the"
        " status to In progress, and notified Ada"
    )
    category = ticket["category"]["name"]
    expect(entry).to_contain_text(
        f"(category: {category}, waiting for support, assigned to nobody, and words:"
        " printer)"
    )
    expect(page.locator("li.entry.change")).to_contain_text(
        "System changed priority: Urgent, status: In progress, and assignee"
    )


def test_a_rule_that_found_nobody_says_so(open_desk, colleague, add_rule, another):
    colleague.patch("/me", {"available": False})
    add_rule(assign={"to": colleague.user["id"]})

    page = open_desk(another())

    expect(page.locator("li.entry.automatic")).to_contain_text(
        f"The rule “{NAME}” found nobody available (category: "
    )
    expect(page.locator("li.entry.change")).to_have_count(0)


def test_a_rule_is_said_as_it_acts(open_desk, customer, ticket, add_rule):
    add_rule(on="customer.replied", status="in_progress")
    page = open_desk(ticket)

    customer.say(ticket, "Hello?")

    expect(page.locator("li.entry.automatic")).to_contain_text(f"The rule “{NAME}”")
    expect(page.get_by_label("Status")).to_have_value("in_progress")


def test_what_rules_do_in_a_day_is_folded(open_desk, customer, ticket, add_rule):
    add_rule({"priority": ["high"]}, "customer.replied", priority="urgent")
    for status in ("in_progress", "resolved"):
        add_rule(on="customer.replied", status=status)
    page = open_desk(ticket)

    customer.say(ticket, "Hello?")

    folded = page.get_by_text("things happened automatically")
    expect(folded).to_be_visible()
    expect(page.get_by_text("System changed status: Solved")).to_be_hidden()
    folded.click()
    expect(page.get_by_text("System changed status: Solved")).to_be_visible()


def test_a_customer_sees_what_changed_but_not_why(console, customer, add_rule, another):
    add_rule(status="in_progress", notify="admins")
    page = console(customer, f"tickets/{another()['id']}")
    entry = page.locator("li.entry")

    expect(entry).to_contain_text("System changed status: In progress")
    expect(entry).to_have_count(1)

    stored = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    for shown in (page.content(), page.title(), stored):
        assert NAME not in shown
        assert "rule" not in shown.lower()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_rules_did_is_accessible_and_fits(
    open_desk, admin, add_rule, another, language, assert_accessible, assert_fits
):
    admin.patch("/me", {"locale": language})
    add_rule(assign={"to": admin.user["id"]}, priority="low", notify="admins")

    page = open_desk(another())

    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("li.entry.automatic")).to_contain_text(NAME)
    assert_accessible(page)
    assert_fits(page)
