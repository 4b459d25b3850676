"""The dialog that shows the pictures and texts of a conversation."""

import pytest
from console.composing import IS_BLOB, SOON

expect = pytest.importorskip("playwright.sync_api").expect
WIDTH = "async (image) => { await image.decode(); return image.naturalWidth; }"


@pytest.fixture
def page(open_as, customer, admin, attach, picture):
    """A conversation of three pictures, a text and a table, as an admin sees it."""
    attach(customer, {"one.png": picture(), "log.txt": b"12:00 <b>Paper</b> jam\n"})
    attach(customer, {"two.png": picture("blue")})
    attach(admin, {"three.png": picture("green")}, internal=True)
    return open_as(admin)


def open_picture(page, name):
    """Open a picture by the keyboard; return the dialog."""
    page.locator(".thumbnail", has=page.get_by_role("img", name=name)).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=name)
    expect(dialog).to_be_visible()
    return dialog


def show(page, name):
    """Show a text; return the dialog."""
    page.get_by_role("button", name=f"Show: {name}").click()
    return page.get_by_role("dialog", name=name)


def test_arrows_go_through_the_pictures_and_escape_back_to_where_one_was(page):
    dialog = open_picture(page, "one.png")
    image = page.locator("dialog img")
    expect(image).to_have_attribute("src", IS_BLOB, timeout=SOON)
    expect(dialog).to_contain_text("1 of 3")

    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog", name="two.png")).to_contain_text("2 of 3")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog", name="three.png")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(dialog).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("dialog", name="three.png")).to_be_visible()
    expect(image).to_have_attribute("alt", "three.png")

    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".thumbnail").first).to_be_focused()


def test_the_buttons_do_what_the_arrows_do(page):
    open_picture(page, "one.png")

    page.get_by_role("button", name="Next picture").click()
    expect(page.get_by_role("dialog", name="two.png")).to_be_visible()
    page.get_by_role("button", name="Previous picture").click()

    expect(page.get_by_role("dialog", name="one.png")).to_be_visible()


def test_a_picture_is_shown_as_large_as_it_is(page):
    dialog = open_picture(page, "one.png")
    image = page.locator("dialog img")
    expect(image).to_have_attribute("src", IS_BLOB, timeout=SOON)
    small = image.get_attribute("src")
    assert image.evaluate(WIDTH) == 1024
    size = dialog.get_by_role("button", name="Original size")

    size.click()

    expect(size).to_have_attribute("aria-pressed", "true")
    expect(image).not_to_have_attribute("src", small)
    assert image.evaluate(WIDTH) == 1600
    assert image.bounding_box()["width"] == 1600
    page.get_by_role("group", name="one.png").focus()
    page.keyboard.press("ArrowRight")  # scrolls
    expect(dialog).to_be_visible()
    size.click()
    expect(image).to_have_attribute("src", small)


def test_a_picture_is_saved_as_it_was_sent(page, picture):
    dialog = open_picture(page, "one.png")

    with page.expect_download() as saved:
        dialog.get_by_role("button", name="Download").click()

    assert saved.value.path().read_bytes() == picture()


def test_a_text_is_text_whatever_is_in_it(page):
    dialog = show(page, "log.txt")

    expect(dialog.locator("pre")).to_have_text("12:00 <b>Paper</b> jam\n")
    expect(dialog.get_by_role("button", name="Next picture")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Show: log.txt")).to_be_focused()


def test_of_a_long_text_the_beginning_is_shown(open_as, customer, attach):
    attach(customer, {"long.log": b"x" * 65_536 + b"END"})
    page = open_as(customer)

    dialog = show(page, "long.log")

    expect(dialog.get_by_text("This is only the beginning")).to_be_visible()
    assert len(dialog.locator("pre").text_content()) == 65_536


@pytest.mark.parametrize(
    "content, text",
    [
        ("Grüße 表".encode(), "Grüße 表"),
        ("Grüße 表".encode("utf-8-sig"), "Grüße 表"),
        ("Grüße 表".encode("utf-16"), "Grüße 表"),
        ("Grüße €".encode("windows-1252"), "Grüße €"),
    ],
)
def test_a_text_is_read_in_its_encoding(open_as, customer, attach, content, text):
    attach(customer, {"a.txt": content})
    page = open_as(customer)

    expect(show(page, "a.txt").locator("pre")).to_have_text(text)


@pytest.mark.parametrize(
    "content, rows",
    [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a;b\r\n1,5;2", [["a", "b"], ["1,5", "2"]]),
        ("a\tb\n1\t\n", [["a", "b"], ["1", ""]]),
        ('a,"b ""c"", d\ne"\n"",2\n', [["a", 'b "c", d\ne'], ["", "2"]]),
        ('a,"b\n1,2', [["a", '"b'], ["1", "2"]]),
    ],
)
def test_separated_values_are_a_table(open_as, customer, attach, content, rows):
    attach(customer, {"a.csv": content.encode()})
    page = open_as(customer)

    table = show(page, "a.csv").get_by_role("table")

    expect(table.get_by_role("columnheader")).to_have_text(rows[0])
    shown = table.locator("tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    assert shown == rows


def test_of_a_long_table_fifty_rows_are_shown(open_as, customer, attach):
    attach(customer, {"a.csv": b"".join(b"%d,x\n" % number for number in range(60))})
    attach(customer, {"b.csv": b"".join(b"%d,x\n" % number for number in range(50))})
    page = open_as(customer)

    dialog = show(page, "a.csv")

    expect(dialog.get_by_role("row")).to_have_count(50)
    expect(dialog.get_by_text("This is only the beginning")).to_be_visible()
    page.keyboard.press("Escape")
    expect(show(page, "b.csv").get_by_role("row")).to_have_count(50)
    expect(page.get_by_text("This is only the beginning")).to_have_count(0)


def test_a_dialog_closes_when_what_it_shows_is_deleted(page, admin, ticket):
    open_picture(page, "three.png")
    expect(page.get_by_role("dialog", name="three.png")).to_be_visible()
    (note,) = admin.get(f"/tickets/{ticket['id']}/comments")["data"]

    admin.request("DELETE", f"/comments/{note['id']}")

    expect(page.get_by_role("dialog")).to_have_count(0)


def test_why_a_picture_cannot_be_shown_is_said(page):
    message = "Not now."
    small = page.get_by_role("img", name="one.png")
    expect(small).to_have_attribute("src", IS_BLOB, timeout=SOON)
    page.route(
        "**/preview",
        lambda route: route.fulfill(status=404, json={"code": "x", "message": message}),
    )

    dialog = open_picture(page, "one.png")

    expect(dialog.get_by_text(message)).to_be_visible()


def test_arrows_go_the_other_way_where_one_reads_from_the_right(
    open_as, customer, attach, picture
):
    attach(customer, {"one.png": picture(), "two.png": picture(), "six.png": picture()})
    page = open_as(customer, locale="ar")
    open_picture(page, "one.png")

    page.keyboard.press("ArrowLeft")

    expect(page.get_by_role("dialog", name="two.png")).to_be_visible()


def test_the_dialog_is_accessible_and_fits(page, assert_accessible, assert_fits):
    open_picture(page, "one.png")
    expect(page.locator("dialog img")).to_have_attribute("src", IS_BLOB, timeout=SOON)
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Original size").click()
    page.get_by_role("group", name="one.png").focus()
    assert_accessible(page)
    page.keyboard.press("Escape")

    show(page, "log.txt")

    expect(page.locator("dialog pre")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


def test_a_wide_table_is_accessible_and_fits(
    open_as, customer, attach, assert_accessible, assert_fits
):
    row = b",".join(b"column %d" % number for number in range(20))
    attach(customer, {"a.csv": row + b"\n" + row})
    page = open_as(customer)

    expect(show(page, "a.csv").get_by_role("table")).to_be_visible()

    assert_accessible(page)
    assert_fits(page)
