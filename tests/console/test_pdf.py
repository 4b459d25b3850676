"""A PDF of a conversation, which the browser's own viewer draws."""

import re
from io import BytesIO

import pytest
from PIL import Image, ImageColor

expect = pytest.importorskip("playwright.sync_api").expect
CHROMIUM = "chromium"  # the other one has no viewer


def test_a_pdf_is_drawn_in_a_tab_of_its_own(open_as, customer, attach):
    bill = BytesIO()
    Image.new("RGB", (400, 300), "orange").save(bill, "PDF")
    attach(customer, {"bill.pdf": bill.getvalue()})
    page = open_as(customer)

    with page.expect_popup() as opened:
        page.get_by_role("button", name="Open in a new tab: bill.pdf").click()

    opened.value.wait_for_url(re.compile("^blob:"))
    wait_for_colour(opened.value, ImageColor.getrgb("orange"))
    expect(page.get_by_role("heading", name="Printer")).to_be_visible()


def wait_for_colour(page, colour):
    """Wait until a colour is in a page: nothing else tells what a viewer draws."""
    for _ in range(60):
        drawn = Image.open(BytesIO(page.screenshot())).convert("RGB")
        if colour in dict(map(reversed, drawn.getcolors(drawn.width * drawn.height))):
            return
        page.wait_for_timeout(500)
    pytest.fail("it was not drawn")
