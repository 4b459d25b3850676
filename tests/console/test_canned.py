"""Canned responses, inserted into an answer."""

import secrets

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def canned(admin):
    """Return a canned response of the admin's."""
    name = f"thanks{secrets.token_hex(4)}"
    text = "Thank you, {{customer.name}}."
    body = {"title": "Say thanks", "shortcut": name, "text": text, "shared": False}
    return admin.post("/canned-responses", body)


@pytest.fixture
def box(console, admin, canned, ticket):
    """The field for an answer."""
    page = console(admin, f"tickets/{ticket['id']}")
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()
    return page.get_by_label("Message")


def test_a_slash_at_a_lines_beginning_offers_them_and_enter_inserts_one(box, canned):
    box.press_sequentially("Hello\n\nBye")
    for _ in range(4):
        box.press("ArrowLeft")
    box.press_sequentially(f"/{canned['shortcut'][:10]}")
    option = box.page.get_by_role("option", name=canned["title"])
    expect(option).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", f"canned-{canned['id']}")

    box.press("Enter")

    expect(box).to_have_value("Hello\nThank you, Carla.\nBye")
    box.press_sequentially("!")
    expect(box).to_have_value("Hello\nThank you, Carla.!\nBye")


def test_what_is_typed_after_one_follows_it_though_nothing_is_painted(box, canned):
    box.press_sequentially("\nBye")
    for _ in range(4):
        box.press("ArrowLeft")
    box.page.evaluate("window.requestAnimationFrame = () => 0")

    box.press_sequentially(f"/{canned['shortcut']}")
    expect(box.page.get_by_role("option", name=canned["title"])).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value("Thank you, Carla.\nBye")
    box.press_sequentially("!")

    expect(box).to_have_value("Thank you, Carla.!\nBye")


def test_one_is_chosen_by_mouse(box, canned):
    box.press_sequentially(f"/{canned['shortcut']}")

    box.page.get_by_role("option", name=canned["title"]).click()

    expect(box).to_have_value("Thank you, Carla.")
    expect(box).to_be_focused()


def test_escape_closes_the_list_and_keeps_the_text(box, canned):
    box.press_sequentially(f"/{canned['shortcut']}")
    options = box.page.get_by_role("listbox", name="Canned responses")
    expect(options).to_be_visible()

    box.press("Escape")

    expect(options).to_be_hidden()
    expect(box).to_have_value(f"/{canned['shortcut']}")
    expect(box).to_be_focused()


def test_a_slash_within_a_line_offers_nothing(box, canned):
    box.press_sequentially("and/or")

    expect(box.page.get_by_role("listbox")).to_be_hidden()


def test_the_list_is_accessible_and_fits(box, canned, assert_accessible, assert_fits):
    box.press_sequentially("/")
    options = box.page.get_by_role("listbox", name="Canned responses")
    expect(options).to_be_visible()

    assert_accessible(box.page)
    assert_fits(box.page)
