"""GET /docs, in Chromium."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


def test_the_documentation_lists_the_calls_of_each_part(deployed, browse):
    page = browse(f"{deployed.url}/docs")

    expect(page.get_by_role("heading", name="Ticketing")).to_be_visible()
    expect(page.locator("#operations-tag-tickets")).to_be_visible()
