"""What is sent while its files are uploaded."""

import pytest

from console.composing import (
    LOG,
    Held,
    add,
    added,
    expect_uploaded,
    messages,
    send,
)

expect = pytest.importorskip("playwright.sync_api").expect


def send_while_uploading(page):
    """Send a message that waits for its file; return the upload."""
    held = Held(page)
    add(page, LOG)
    page.get_by_label("Message").fill("Look at this")
    send(page)
    expect(page.get_by_text("This is sent as soon")).to_be_visible()
    return held


def test_what_is_sent_while_a_file_is_uploaded_waits_for_it(chat, customer, ticket):
    held = Held(chat)
    add(chat, LOG)
    bar = chat.get_by_role("progressbar", name="log.txt: uploading")
    expect(bar).to_be_visible()
    chat.get_by_label("Message").fill("Look at this")
    send(chat)
    waits = chat.get_by_text("This is sent as soon as its files are uploaded.")
    expect(waits).to_be_visible()
    assert messages(customer, ticket) == []

    held.release()

    expect(chat.locator("li.entry.message:not(.waiting) .files")).to_be_visible()
    expect(waits).to_be_hidden()
    assert messages(customer, ticket) == [("Look at this", ["log.txt"])]


def test_a_message_that_waits_for_its_files_can_be_kept_back(chat, customer, ticket):
    held = send_while_uploading(chat)

    chat.get_by_role("button", name="Do not send yet").click()
    held.release()

    expect_uploaded(chat)
    expect(chat.get_by_label("Message")).to_be_editable()
    expect(chat.get_by_label("Message")).to_have_value("Look at this")
    assert messages(customer, ticket) == []


def test_a_note_that_waits_is_not_sent_as_an_answer(desk, admin, ticket):
    held = Held(desk)
    desk.get_by_label("Message").fill("An answer")
    desk.get_by_label("Internal note").check()
    add(desk, LOG)
    send(desk)
    expect(desk.get_by_text("This is sent as soon")).to_be_visible()

    desk.get_by_label("Reply to Carla").check()
    held.release()
    desk.get_by_label("Internal note").check()

    expect_uploaded(desk)
    expect(desk.locator("li.entry")).to_have_count(0)
    assert messages(admin, ticket) == []


def test_a_message_that_waits_for_an_upload_that_fails_is_not_sent(
    chat, customer, ticket
):
    held = send_while_uploading(chat)

    held.cut()

    expect(added(chat)).to_contain_text("The service cannot be reached.")
    expect(chat.get_by_text("This is sent as soon")).to_be_hidden()
    expect(chat.get_by_label("Message")).to_have_value("Look at this")
    assert messages(customer, ticket) == []


def test_who_leaves_a_message_that_waits_is_told_that_it_is_not_sent(
    chat, customer, ticket
):
    held = send_while_uploading(chat)

    chat.get_by_role("link", name="Your requests").click()

    expect(chat.get_by_text("Not sent yet: its files were still")).to_be_visible()
    held.release()
    chat.get_by_role("link", name=ticket["subject"]).click()
    expect_uploaded(chat)
    expect(chat.get_by_label("Message")).to_have_value("Look at this")
    assert messages(customer, ticket) == []
