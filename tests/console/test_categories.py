"""The screen of categories; what it shares with views and canned responses is here."""

from secrets import token_hex

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def category(admin):
    """A category that no ticket uses."""
    body = {"name": f"Printers {token_hex(4)}", "description": "What prints"}
    return admin.post("/categories", body)


def found(admin, category):
    """Return the category as it is now, or None."""
    everything = admin.get("/categories?limit=100")["data"]
    return next((found for found in everything if found["id"] == category["id"]), None)


def test_a_category_is_added_by_keyboard(console, admin):
    page = console(admin, "categories")
    add = page.get_by_role("button", name="Add a category")
    name = f"Scanners {token_hex(4)}"

    add.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type("What scans")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    row = page.get_by_role("row", name=name)
    expect(row).to_contain_text("What scans")
    expect(row).to_contain_text(name.lower().replace(" ", "-"))
    expect(page.get_by_text("Saved.")).to_be_attached()
    expect(add).to_be_focused()


def test_a_category_is_edited_and_the_focus_returns(console, admin, category):
    page = console(admin, "categories")
    edit = page.get_by_role("button", name=f"Edit {category['name']}")

    edit.click()
    page.get_by_label("Description").fill("")
    page.get_by_role("button", name="Save").click()

    expect(edit).to_be_focused()
    assert found(admin, category)["description"] is None


def test_a_name_that_is_taken_is_refused_at_its_field(console, admin, category):
    page = console(admin, "categories")

    page.get_by_role("button", name="Add a category").click()
    name = page.get_by_label("Name")
    name.fill(category["name"].upper())
    page.get_by_role("button", name="Save").click()

    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_be_focused()
    expect(name).to_have_value(category["name"].upper())


def test_a_category_is_deleted_once_that_is_confirmed(console, admin, category):
    page = console(admin, "categories")
    delete = page.get_by_role("button", name=f"Delete {category['name']}")

    delete.click()
    page.get_by_role("button", name="Cancel").click()
    expect(delete).to_be_focused()
    delete.click()
    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_role("row", name=category["name"])).to_be_hidden()
    expect(page.get_by_role("heading", name="Categories")).to_be_focused()
    assert found(admin, category) is None


def test_a_category_in_use_is_kept_and_leads_to_its_tickets(console, admin, ticket):
    category = ticket["category"]
    page = console(admin, "categories")

    page.get_by_role("button", name=f"Delete {category['name']}").click()
    page.get_by_role("button", name="Delete", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("1 ticket")
    page.get_by_role("link", name="Show its tickets").click()
    expect(page).to_have_url(
        f"{admin.url}/console/queue/all?category_id={category['id']}"
    )


def test_what_could_not_be_loaded_is_tried_again(console, admin, category):
    page = console(admin)
    page.route("**/api/categories*", lambda route: route.abort())

    page.get_by_role("link", name="Categories").click()
    expect(page.get_by_role("heading", name="Categories")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute("**/api/categories*")
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("row", name=category["name"])).to_be_visible()


def test_customers_have_no_such_page(console, customer):
    page = console(customer, "categories")

    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()


def test_categories_are_accessible_and_fit(
    console, admin, category, assert_accessible, assert_fits
):
    page = console(admin, "categories")
    page.get_by_role("button", name=f"Edit {category['name']}").click()
    expect(page.get_by_label("Name")).to_be_visible()

    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name=f"Delete {category['name']}").click()
    assert_accessible(page)
    assert_fits(page)
