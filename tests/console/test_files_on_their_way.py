"""Drafts and messages with files: stored, and sent once."""

import pytest
from console.composing import (
    LOG,
    SOON,
    add,
    added,
    expect_uploaded,
    messages,
    send,
)

expect = pytest.importorskip("playwright.sync_api").expect


def test_files_that_are_not_sent_survive_a_reload(chat, customer, ticket):
    add(chat, LOG)
    expect_uploaded(chat)
    chat.reload()
    expect(added(chat)).to_contain_text("log.txt")

    send(chat)

    expect(chat.locator("li.entry.message:not(.waiting) .files")).to_be_visible()
    chat.reload()
    expect(chat.locator("li.entry.message .files")).to_be_visible()
    expect(added(chat)).to_have_count(0)
    assert messages(customer, ticket) == [("", ["log.txt"])]


def test_a_message_with_files_that_is_on_its_way_survives_a_reload_and_is_sent_once(
    chat, customer, ticket
):
    add(chat, LOG)
    expect_uploaded(chat)
    chat.context.set_offline(True)
    send(chat)
    expect(chat.locator(".waiting .files")).to_contain_text("log.txt")

    chat.context.set_offline(False)
    chat.reload()

    sent = chat.locator("li.entry.message:not(.waiting)")
    expect(sent.locator(".files")).to_contain_text("log.txt")
    expect(chat.locator(".waiting")).to_have_count(0, timeout=SOON)
    assert messages(customer, ticket) == [("", ["log.txt"])]


def test_a_note_of_files_alone_goes_on_after_a_reload_and_is_stored_once(
    desk, admin, ticket
):
    desk.get_by_label("Internal note").check()
    add(desk, LOG)
    expect_uploaded(desk)
    desk.context.set_offline(True)
    send(desk)
    expect(desk.locator(".waiting.note .files")).to_be_visible()

    desk.context.set_offline(False)
    desk.reload()

    expect(desk.locator(".note:not(.waiting) .files")).to_be_visible()
    expect(desk.locator(".waiting")).to_have_count(0)
    comments = admin.get(f"/tickets/{ticket['id']}/comments")["data"]
    assert [len(comment["files"]) for comment in comments] == [1]


def test_files_that_are_gone_are_said_and_the_text_is_kept(chat, customer, ticket):
    add(chat, LOG)
    expect_uploaded(chat)
    (file,) = chat.evaluate("""() => {
      const key = Object.keys(localStorage).find((key) => key.endsWith("-files"));
      return JSON.parse(localStorage.getItem(key));
    }""")
    body = {"message": "Sent otherwise", "file_ids": [file["id"]]}
    customer.post(f"/tickets/{ticket['id']}/messages", body)
    chat.get_by_label("Message").fill("Look at this")

    send(chat)

    refused = chat.locator(".waiting")
    expect(refused).to_contain_text("Its files are not there any more. Add them again.")
    refused.get_by_role("button", name="Edit").click()
    expect(chat.get_by_label("Message")).to_have_value("Look at this")
    expect(added(chat)).to_have_count(0)
    send(chat)
    expect(chat.locator("li.entry.message:not(.waiting)")).to_have_count(2)


def test_files_of_yesterday_are_not_offered(chat):
    add(chat, LOG)
    expect_uploaded(chat)

    chat.evaluate("""() => {
      const key = Object.keys(localStorage).find((key) => key.endsWith("-files"));
      const [file] = JSON.parse(localStorage.getItem(key));
      const yesterday = file.at - 24 * 3600 * 1000;
      localStorage.setItem(key, JSON.stringify([{ ...file, at: yesterday }]));
    }""")
    chat.reload()

    expect(chat.get_by_label("Message")).to_be_visible()
    expect(added(chat)).to_have_count(0)


def test_an_answer_that_was_overtaken_keeps_its_files(
    desk, colleague, admin, customer, ticket
):
    add(desk, LOG)
    expect_uploaded(desk)
    desk.context.set_offline(True)
    desk.get_by_label("Message").fill("Look at this")
    colleague.say(ticket, "I was faster.")
    send(desk)
    expect(desk.locator(".waiting")).to_be_visible()

    desk.context.set_offline(False)

    expect(desk.locator(".collision")).to_be_visible(timeout=SOON)
    expect(added(desk)).to_contain_text("log.txt")
    desk.get_by_role("button", name="Send anyway").click()
    expect(desk.locator(".entry.own.message:not(.waiting) .files")).to_be_visible()
    said = [("I was faster.", []), ("Look at this", ["log.txt"])]
    assert messages(admin, ticket) == said


def test_an_answer_of_files_alone_is_not_sent_over_an_answer_that_was_not_read(
    desk, colleague, admin, ticket
):
    add(desk, LOG)
    expect_uploaded(desk)
    colleague.say(ticket, "I was faster.")
    expect(desk.locator(".collision")).to_be_visible()

    send(desk)

    expect(desk.get_by_role("button", name="Send anyway")).to_be_visible()
    expect(added(desk)).to_have_count(1)
    assert messages(admin, ticket) == [("I was faster.", [])]
