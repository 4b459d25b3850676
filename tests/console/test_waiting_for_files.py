"""What is to be sent while its files are still being uploaded."""

import pytest
from console.composing import LOG, Held, add, expect_uploaded, messages, send

expect = pytest.importorskip("playwright.sync_api").expect


def test_a_message_is_not_sent_before_its_files_are_uploaded(chat, customer, ticket):
    held = Held(chat)
    add(chat, LOG)
    bar = chat.get_by_role("progressbar", name="log.txt: uploading")
    expect(bar).to_be_visible()
    chat.get_by_label("Message").fill("Look at this")

    send(chat)

    words = "This can be sent once its files are uploaded."
    said = chat.get_by_role("status").filter(has_text=words)
    expect(said).to_have_count(2)  # in the composer, and once more for who tries
    expect(chat.get_by_label("Message")).to_be_focused()
    expect(chat.get_by_label("Message")).to_have_value("Look at this")
    held.release()
    expect_uploaded(chat)
    expect(said).to_have_count(0)
    assert messages(customer, ticket) == []
    send(chat)
    expect(chat.locator("li.entry.message:not(.waiting) .files")).to_be_visible()
    assert messages(customer, ticket) == [("Look at this", ["log.txt"])]
