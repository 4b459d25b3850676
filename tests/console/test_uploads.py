"""Files on their way to the service."""

import json

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


def test_an_upload_that_fails_is_said_and_repeated_by_its_user(chat, customer, ticket):
    chat.context.set_offline(True)
    add(chat, LOG)
    chat.get_by_label("Message").fill("Look at this")
    expect(added(chat)).to_contain_text("The service cannot be reached.")
    send(chat)
    expect(chat.locator(".composer .failed")).to_be_focused()
    chat.context.set_offline(False)

    added(chat).get_by_role("button", name="Try again").click()

    expect_uploaded(chat)
    send(chat)
    expect(chat.locator("li.entry.message:not(.waiting) .files")).to_be_visible()
    assert messages(customer, ticket) == [("Look at this", ["log.txt"])]


def test_an_upload_is_cancelled(chat):
    chat.route("**/files", lambda route: None)  # never answered
    add(chat, LOG)
    expect(chat.get_by_role("progressbar")).to_be_visible()

    with chat.expect_event("requestfailed"):
        chat.get_by_role("button", name="Remove log.txt").click()

    expect(added(chat)).to_have_count(0)
    expect(chat.get_by_label("Message")).to_be_focused()


def test_how_far_an_upload_is_can_be_seen(chat):
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1}
    network = chat.context.new_cdp_session(chat)
    network.send(
        "Network.emulateNetworkConditions", slow | {"uploadThroughput": 200_000}
    )
    add(chat, {**LOG, "buffer": b"x" * 2_000_000})

    bar = chat.get_by_role("progressbar")
    expect(bar).to_be_visible()
    shares = []
    while bar.count():
        shares += bar.evaluate_all("(bars) => bars.map(({ position }) => position)")

    expect_uploaded(chat)
    assert any(0.1 < share < 0.9 for share in shares)
    assert shares == sorted(shares)


def test_the_browser_asks_before_an_upload_is_lost_with_the_page(chat):
    asked = []
    chat.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    chat.get_by_label("Message").click()
    Held(chat)
    add(chat, LOG)
    expect(chat.get_by_role("progressbar")).to_be_visible()

    chat.reload()

    assert asked == ["beforeunload"]


def test_an_upload_goes_on_without_its_screen(chat, customer, ticket):
    held = Held(chat)
    add(chat, LOG)
    expect(chat.get_by_role("progressbar")).to_be_visible()

    chat.get_by_role("link", name="Your requests").click()
    held.release()
    chat.get_by_role("link", name=ticket["subject"]).click()

    expect_uploaded(chat)


@pytest.mark.parametrize(
    "name, kind, content, words",
    [
        ("empty.txt", "text/plain", b"", "This file is empty."),
        ("large.txt", "text/plain", b"x" * 11_000_000, "This file has 11 MB"),
        ("song.mp3", "audio/mpeg", b"la la", "This kind of file is not accepted."),
    ],
)
def test_what_is_wrong_with_a_file_is_said_before_it_is_uploaded(
    chat, name, kind, content, words
):
    asked = []
    chat.route("**/files", lambda route: (asked.append(route), route.abort()))

    add(chat, {"name": name, "mimeType": kind, "buffer": content})

    expect(added(chat)).to_contain_text(words)
    expect(added(chat).get_by_role("button", name="Try again")).to_have_count(0)
    chat.get_by_role("button", name=f"Remove {name}").click()
    expect(added(chat)).to_have_count(0)
    assert asked == []


def test_an_eleventh_file_is_said_to_be_too_many(chat):
    add(chat, *({**LOG, "name": f"{number}.txt"} for number in range(11)))

    expect(added(chat)).to_have_count(11)
    expect(added(chat).last).to_contain_text("A message has 10 files at most.")
    expect_uploaded(chat, 11)


def test_what_the_service_refuses_is_said_at_its_file(chat):
    add(chat, {"name": "a.bin", "mimeType": "", "buffer": b"\0\1\2"}, LOG)

    expect_uploaded(chat, 2)
    refused = added(chat).filter(has_text="a.bin")
    expect(refused).to_contain_text("Must be one of these types")
    expect(refused.get_by_role("button", name="Try again")).to_have_count(0)
    accepted = added(chat).filter(has_text="log.txt")
    expect(accepted).not_to_contain_text("Must be")


@pytest.mark.parametrize(
    "status, code",
    [
        (409, "too_many_files"),
        (429, "too_many_requests"),
        (507, "insufficient_storage"),
    ],
)
def test_what_may_be_tried_again_later_has_a_button(chat, status, code):
    refusal = {"code": code, "message": "Not now."}
    headers = {"Retry-After": "7"}
    chat.route(
        "**/files",
        lambda route: route.fulfill(status=status, json=refusal, headers=headers),
    )
    add(chat, LOG)
    expect(added(chat)).to_contain_text("Not now.")
    expect(added(chat)).to_contain_text("Try again in 7 s.")
    chat.unroute("**/files")

    added(chat).get_by_role("button", name="Try again").click()

    expect_uploaded(chat)
    expect(added(chat)).not_to_contain_text("Not now.")


def test_a_token_that_another_tab_has_replaced_is_used_for_an_upload(
    chat, customer, ticket
):
    stored = json.loads(chat.evaluate("localStorage.session"))
    other = customer.post("/refresh")
    newer = json.dumps({**stored, "token": other["token"]})
    chat.evaluate("(session) => localStorage.setItem('session', session)", newer)

    add(chat, LOG)

    expect_uploaded(chat)
