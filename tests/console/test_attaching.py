"""Files that are added to what one writes."""

import base64

import pytest
from console.composing import (
    LOG,
    Held,
    add,
    added,
    expect_drawn,
    expect_uploaded,
    messages,
    send,
)

expect = pytest.importorskip("playwright.sync_api").expect
# Files from elsewhere: what browsers give a page, but for the hand that does it.
GIVE = """([kind, name, content, target]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  data.items.add(new File([bytes], name, { type: "image/png" }));
  const given = kind === "paste" ? { clipboardData: data } : { dataTransfer: data };
  const options = { ...given, bubbles: true, cancelable: true };
  const event = kind === "paste" ? new ClipboardEvent(kind, options)
    : new DragEvent(kind, options);
  return document.querySelector(target).dispatchEvent(event);
}"""


def give(page, kind, content, target=".composer textarea"):
    """Drop or paste a picture; return whether the browser does something with it."""
    encoded = base64.b64encode(content).decode()
    return page.evaluate(GIVE, [kind, "screen.png", encoded, target])


def test_files_are_chosen_by_keyboard_and_sent_with_a_message(chat, customer, ticket):
    other = {**LOG, "name": "other.txt"}
    chat.get_by_label("Message").focus()
    chat.keyboard.press("Tab")
    chat.keyboard.press("Tab")
    expect(chat.get_by_role("button", name="Add files")).to_be_focused()
    with chat.expect_file_chooser() as chooser:
        chat.keyboard.press("Enter")
    chooser.value.set_files([LOG, other])
    expect_uploaded(chat, 2)

    chat.get_by_label("Message").fill("Here they are.")
    chat.keyboard.press("Enter")

    sent = chat.locator("li.entry.message:not(.waiting)")
    expect(sent.locator(".files li")).to_have_count(2)
    expect(sent).to_contain_text("log.txt 0.1 kB · TXT")
    expect(added(chat)).to_have_count(0)
    assert messages(customer, ticket) == [("Here they are.", ["log.txt", "other.txt"])]


def test_files_alone_are_a_message(chat, customer, ticket):
    add(chat, LOG)
    expect_uploaded(chat)

    send(chat)

    expect(chat.locator("li.entry.message:not(.waiting) .files")).to_be_visible()
    assert messages(customer, ticket) == [("", ["log.txt"])]


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted(kind, chat, customer, ticket, picture):
    left_to_browser = give(chat, kind, picture())
    expect_uploaded(chat)
    expect_drawn(added(chat).locator("img"))
    send(chat)

    expect(chat.locator("li.entry.message:not(.waiting) .files")).to_be_visible()
    assert messages(customer, ticket) == [("", ["screen.png"])]
    assert not left_to_browser


def test_what_is_held_over_the_page_may_be_dropped_there(chat, picture):
    assert not give(chat, "dragover", picture(), "header")

    expect(chat.get_by_text("Drop the files to add them.")).to_be_visible()
    assert not give(chat, "drop", picture(), "header")
    expect(chat.get_by_text("Drop the files to add them.")).to_be_hidden()
    expect_uploaded(chat)


def test_a_file_of_a_note_is_never_in_a_customers_page(
    chat, desk, admin, customer, ticket
):
    desk.get_by_label("Internal note").check()
    add(desk, {**LOG, "name": "canary.txt"})
    expect_uploaded(desk)
    desk.get_by_label("Reply to Carla").check()
    expect(added(desk)).to_have_count(0)
    desk.get_by_label("Message").fill("We look at it.")
    send(desk)
    expect(chat.get_by_text("We look at it.")).to_be_visible()
    desk.get_by_label("Internal note").check()
    expect_uploaded(desk)

    send(desk)

    note = desk.locator("li.entry.note:not(.waiting)")
    expect(note.get_by_text("canary.txt")).to_be_visible()
    customer.say(ticket, "Thank you")
    expect(chat.get_by_text("Thank you")).to_be_visible()
    kept = chat.evaluate("JSON.stringify(localStorage)")
    assert "canary" not in chat.content() + kept
    chat.reload()
    expect(chat.get_by_text("Thank you")).to_be_visible()
    assert "canary" not in chat.content()
    assert messages(admin, ticket)[0] == ("We look at it.", [])


def test_the_composer_with_files_is_accessible_and_fits(
    desk, assert_accessible, assert_fits
):
    long = {**LOG, "name": f"{'a_very_long_name' * 6}.txt"}
    song = {"name": "song.mp3", "mimeType": "audio/mpeg", "buffer": b"la la"}
    add(desk, long)
    expect_uploaded(desk)
    Held(desk)
    add(desk, song, LOG)
    expect(desk.get_by_role("progressbar")).to_be_visible()
    desk.get_by_label("Message").fill("Look at this")

    assert_accessible(desk)
    assert_fits(desk)


def test_files_are_added_in_arabic(open_as, customer, ticket):
    chat = open_as(customer, locale="ar")
    add(chat, LOG)
    expect_uploaded(chat)

    send(chat)

    expect(chat.locator("li.entry.message:not(.waiting) .files")).to_be_visible()
    assert messages(customer, ticket) == [("", ["log.txt"])]
