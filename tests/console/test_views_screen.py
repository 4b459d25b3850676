"""The screen of saved views."""

from secrets import token_hex

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def view(admin, ticket):
    """A view of the admin's own, in the ticket's category."""
    query = {
        "status": "open,in_progress",
        "category_id": str(ticket["category_id"]),
        "assigned_to": "me",
        "sort": "-priority",
    }
    return admin.post("/views", {"name": f"Printers {token_hex(4)}", "query": query})


def test_a_view_says_its_filters_and_leads_to_its_tickets(console, admin, view, ticket):
    page = console(admin, "views")

    row = page.get_by_role("row", name=view["name"])
    expect(row).to_contain_text("Status: Open and In progress")
    expect(row).to_contain_text(f"Category: {ticket['category']['name']}")
    expect(row).to_contain_text("Assignee: Me · Order: Most urgent first")
    row.get_by_role("link", name=view["name"]).click()

    expect(page).to_have_url(f"{admin.url}/console/queue/{view['id']}")


def test_a_view_is_renamed_and_shared(console, admin, colleague, view):
    page = console(admin, "views")

    page.get_by_role("button", name=f"Edit {view['name']}").click()
    page.get_by_label("Name").fill(f"Old {view['name']}")
    page.get_by_label("For all agents").check()
    page.get_by_role("button", name="Save").click()

    row = page.get_by_role("row", name=f"Old {view['name']}")
    expect(row).to_contain_text("All agents")
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages.get_by_text(f"Old {view['name']}")).to_be_visible()
    shared = colleague.get(f"/views/{view['id']}")
    assert (shared["name"], shared["query"]) == (f"Old {view['name']}", view["query"])


def test_a_view_is_deleted(console, admin, view):
    page = console(admin, "views")

    page.get_by_role("button", name=f"Delete {view['name']}").click()
    page.get_by_role("button", name="Delete", exact=True).click()

    pages = page.get_by_role("navigation", name="Pages")
    expect(pages.get_by_text(view["name"])).to_be_hidden()
    assert admin.request("GET", f"/views/{view['id']}").status_code == 404


def test_views_of_others_and_built_in_ones_are_not_listed(console, admin, view):
    other = admin.post("/views", {"name": f"Own {token_hex(4)}", "query": {}})
    page = console(admin, "views")

    expect(page.get_by_role("row", name=other["name"])).to_contain_text("All tickets")

    expect(page.get_by_role("row", name="Needs answer")).to_be_hidden()


def test_views_are_accessible_and_fit(
    console, admin, view, assert_accessible, assert_fits
):
    page = console(admin, "views")
    page.get_by_role("button", name=f"Edit {view['name']}").click()
    expect(page.get_by_label("Name")).to_be_focused()

    assert_accessible(page)
    assert_fits(page)
