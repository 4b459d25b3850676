"""Single keys: what they do, and where they do nothing."""

import re

import pytest
from console.desk import open_tickets, queue_of, row, slow_down
from served import PASSWORD

expect = pytest.importorskip("playwright.sync_api").expect

WIDE = {"width": 1400, "height": 900}
HOLD = """(key) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key, bubbles: true, repeat: true }))"""

RESOLVE_AT_ONCE = """() => addEventListener("focusin", ({ target }) => {
  const event = new KeyboardEvent("keydown", { key: "e", bubbles: true });
  if (target.textContent === "First") setTimeout(() => target.dispatchEvent(event));
})"""


@pytest.fixture
def desk(server, customer):
    """Three tickets."""
    return open_tickets(server, customer, "First", "Second", "Third")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def open_queue(console, admin, desk, **options):
    page = console(admin, queue_of(desk[0]), **options)
    expect(row(page, "First")).to_be_visible()
    return page


@pytest.mark.parametrize("down, up", [("j", "k"), ("ArrowDown", "ArrowUp")])
def test_keys_go_through_the_list_and_stop_at_its_ends(console, admin, desk, down, up):
    page = open_queue(console, admin, desk)
    page.get_by_role("heading", level=1).focus()

    press(page, down)
    expect(row(page, "First")).to_be_focused()
    press(page, down, down, down)
    expect(row(page, "Third")).to_be_focused()
    press(page, up, up, up)
    expect(row(page, "First")).to_be_focused()


@pytest.mark.parametrize("key", ["Enter", "o"])
@pytest.mark.parametrize("back", ["u", "Escape"])
def test_a_ticket_is_opened_and_left_by_keys(console, admin, desk, key, back):
    page = open_queue(console, admin, desk)
    press(page, "j", "j", key)
    expect(page.locator(".pane h1")).to_have_text("Second")
    expect(page.locator(".pane h1")).to_be_focused()

    press(page, back)

    expect(row(page, "Second")).to_be_focused()


def test_from_an_open_ticket_a_key_goes_to_the_row_after_its_own(console, admin, desk):
    page = open_queue(console, admin, desk, viewport=WIDE)
    press(page, "j", "j", "Enter")
    expect(page.locator(".pane h1")).to_be_focused()

    press(page, "j")

    expect(row(page, "Third")).to_be_focused()


def test_where_the_list_is_hidden_a_key_opens_the_next_ticket(console, admin, desk):
    narrow = {"width": 390, "height": 800}
    page = open_queue(console, admin, desk, viewport=narrow)
    press(page, "j", "Enter")
    expect(page.locator(".pane h1")).to_be_focused()

    press(page, "j")

    expect(page.locator(".pane h1")).to_have_text("Second")


def test_arrows_scroll_a_ticket(console, admin, desk):
    page = open_queue(console, admin, desk, viewport=WIDE)
    press(page, "j", "Enter")
    expect(page.locator(".pane h1")).to_be_focused()

    press(page, "ArrowDown")

    expect(page.locator(".pane h1")).to_be_focused()


def test_a_ticket_is_taken_by_a_key(console, admin, desk):
    page = open_queue(console, admin, desk)
    press(page, "j", "Enter")
    expect(page.locator(".pane h1")).to_be_focused()

    press(page, "a")

    expect(page.get_by_label("Assignee")).to_have_value(str(admin.user["id"]))


def test_a_key_that_is_held_down_resolves_one_ticket(console, admin, desk):
    page = open_queue(console, admin, desk)
    press(page, "j", "Enter")
    expect(page.locator(".pane h1")).to_be_focused()

    page.evaluate(HOLD, "e")
    page.wait_for_timeout(500)

    assert admin.get(f"/tickets/{desk[0]['id']}")["status"] == "open"


def test_a_key_works_as_soon_as_the_ticket_has_the_focus(console, admin, desk):
    page = open_queue(console, admin, desk)
    slow_down(page)
    page.evaluate(RESOLVE_AT_ONCE)

    press(page, "j", "Enter")

    expect(page.locator(".pane h1")).to_have_text("Second")
    assert admin.get(f"/tickets/{desk[0]['id']}")["status"] == "resolved"


def test_a_key_does_nothing_to_a_ticket_that_was_left(console, admin, desk):
    page = open_queue(console, admin, desk)
    press(page, "j", "Enter")
    expect(page.locator(".pane h1")).to_be_focused()
    slow_down(page)
    press(page, "u")
    expect(page.locator(".pane")).to_have_count(0)

    press(page, "e")
    page.wait_for_timeout(500)

    assert admin.get(f"/tickets/{desk[0]['id']}")["status"] == "open"


def test_the_row_of_a_ticket_that_was_left_takes_the_focus_at_once(
    console, admin, desk
):
    page = open_queue(console, admin, desk)
    press(page, "j", "j", "Enter")
    expect(page.locator(".pane h1")).to_be_focused()
    slow_down(page)

    press(page, "u")
    expect(page.locator(".pane")).to_have_count(0)
    press(page, "/")
    page.wait_for_timeout(2500)  # in which it would take it from the field

    expect(page.get_by_role("searchbox")).to_be_focused()


@pytest.mark.parametrize(
    "keys, path",
    [("gq", "queue/needs_answer"), ("gd", "dashboard"), ("gc", "categories")],
)
def test_two_keys_go_to_a_page(console, admin, desk, keys, path):
    page = open_queue(console, admin, desk)

    press(page, *keys)

    expect(page).to_have_url(re.compile(f"/console/{path}$"))


def test_in_fields_keys_are_text(console, admin, desk):
    page = open_queue(console, admin, desk)
    press(page, "/")

    press(page, "j", "x", "g", "q", "?")

    expect(page.get_by_role("searchbox")).to_have_value("jxgq?")
    expect(page).to_have_url(re.compile("/queue/all"))
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("modifier", ["Alt", "Control", "Meta"])
def test_with_a_modifier_keys_are_the_browsers(console, admin, desk, modifier):
    page = open_queue(console, admin, desk)
    row(page, "First").focus()

    press(page, f"{modifier}+j", f"{modifier}+x")

    expect(row(page, "First")).to_be_focused()
    expect(page.locator(".bulk")).to_have_count(0)


def test_switched_off_keys_do_nothing(console, admin, desk):
    page = open_queue(console, admin, desk)
    page.evaluate("() => localStorage.setItem('keys-off', '')")
    page.reload()
    expect(row(page, "First")).to_be_visible()

    press(page, "j", "?", "/")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    expect(row(page, "First")).not_to_be_focused()


def test_the_keys_are_listed_and_those_of_the_screen_among_them(
    console, admin, desk, assert_accessible, assert_fits
):
    page = open_queue(console, admin, desk)

    press(page, "?")

    keys = page.get_by_role("dialog", name="Keys")
    for key, words in (("j", "Next ticket"), ("x", "Select"), ("g d", "dashboard")):
        line = keys.locator("div").filter(has=page.locator("kbd", has_text=key))
        expect(line.filter(has_text=words)).to_have_count(1)
    expect(keys).not_to_contain_text("Assign to me")
    assert_accessible(page)
    assert_fits(page)


def test_a_day_is_worked_by_keyboard_alone(console, server, admin, customer):
    desk = open_tickets(server, customer, "Calm", "On fire", "Also calm")
    customer.patch(f"/tickets/{desk[1]['id']}", {"priority": "urgent"})
    path = queue_of(desk[0], "needs_answer", sort="-priority")
    page = console(None, path, viewport=WIDE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    def tab_to(name):
        for _ in range(60):
            focused = page.evaluate(
                "() => document.activeElement.labels?.[0]?.textContent.trim()"
                " || document.activeElement.textContent.trim()"
            )
            if focused == name:
                return
            press(page, "Tab")
        pytest.fail(f"Tab does not reach {name}")

    tab_to("Email")
    page.keyboard.type(admin.user["email"])
    press(page, "Tab")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    expect(row(page, "On fire")).to_be_visible()
    press(page, "j", "Enter")
    expect(page.locator(".pane h1")).to_have_text("On fire")
    expect(page.locator(".pane h1")).to_be_focused()
    press(page, "a", "r")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.keyboard.type("Pull the plug.")
    press(page, "Control+Enter")
    expect(page.get_by_role("log")).to_contain_text("Pull the plug.")
    press(page, "Escape", "e")
    expect(page.locator(".pane h1")).to_have_text(re.compile("calm", re.IGNORECASE))
    tab_to("Sign out")
    press(page, "Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    answered = admin.get(f"/tickets/{desk[1]['id']}")
    assert answered["status"] == "resolved"
    assert answered["assigned_to"] == admin.user["id"]
    messages = admin.get(f"/tickets/{desk[1]['id']}/messages")["data"]
    assert [message["message"] for message in messages] == ["Pull the plug."]
