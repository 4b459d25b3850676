"""A browser that keeps nothing for the page."""

import pytest
from served import PASSWORD

expect = pytest.importorskip("playwright.sync_api").expect
BLOCKED = """for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, {
    get() { throw new DOMException("Access is denied.", "SecurityError"); },
  });
}"""


def test_the_page_works_where_the_storage_is_blocked(console, customer, ticket):
    page = console(None)
    page.add_init_script(BLOCKED)
    page.goto(f"{customer.url}/console/tickets/{ticket['id']}")

    page.get_by_label("Email").fill(customer.user["email"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Message").fill("Hello")
    page.get_by_label("Message").press("Enter")

    expect(page.locator(".message:not(.waiting)")).to_contain_text("Hello")
    expect(page.get_by_label("Message")).to_have_value("")
