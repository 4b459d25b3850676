"""Messages on their way: stored once, whatever happens meanwhile."""

import json
import re

import pytest
from served import PASSWORD

expect = pytest.importorskip("playwright.sync_api").expect
SEND = '"message.send"'
SOON = 30_000  # milliseconds in which a connection comes back


def say(page, text):
    """Send a message."""
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Send").click()


def texts(user, ticket):
    """Return the texts of a ticket's messages."""
    data = user.get(f"/tickets/{ticket['id']}/messages?mark_read=false")["data"]
    return [message["message"] for message in data]


def test_two_people_chat_one_of_them_offline_and_see_the_same_in_the_end(
    console, chat, customer, admin, ticket
):
    desk = console(admin, f"tickets/{ticket['id']}")
    expect(desk.locator(".log:not([aria-busy])")).to_be_visible()
    say(chat, "Hello")
    expect(desk.get_by_text("Hello")).to_be_visible()
    chat.context.set_offline(True)
    say(chat, "Are you there?")
    desk.get_by_label("Message").fill("Yes, I am.")
    desk.get_by_label("Message").press("Control+Enter")
    desk.get_by_label("Priority").select_option("urgent")
    say(chat, "It still burns.")
    offline = chat.get_by_text("Not connected. Messages are sent")
    expect(offline).to_be_visible(timeout=SOON)
    expect(chat.locator(".waiting")).to_have_count(2)
    chat.wait_for_timeout(10_000)

    chat.context.set_offline(False)

    said = ["It burns.", "Hello", "Yes, I am.", "Are you there?", "It still burns."]
    expect(chat.locator(".waiting")).to_have_count(0, timeout=SOON)
    expect(desk.get_by_text("It still burns.")).to_be_visible()
    for page in (chat, desk):
        expect(page.locator(".entry .text")).to_have_text(said)
    assert texts(customer, ticket) == said[1:]
    expect(offline).to_be_hidden()


def test_a_message_that_is_being_sent_survives_a_reload_and_is_stored_once(
    chat, customer, ticket
):
    chat.context.set_offline(True)
    say(chat, "Once only")
    expect(chat.get_by_text("Sending…")).to_be_visible()
    expect(chat.get_by_label("Message")).to_have_value("")

    chat.context.set_offline(False)
    chat.reload()

    expect(chat.locator(".entry.message:not(.waiting)")).to_contain_text("Once only")
    expect(chat.locator(".waiting")).to_have_count(0)
    chat.reload()
    expect(chat.locator(".entry.message")).to_have_count(1)
    assert texts(customer, ticket) == ["Once only"]
    assert "outbox" not in chat.evaluate("Object.keys(localStorage).join()")


def test_a_message_goes_on_without_its_screen(chat, customer, ticket):
    chat.context.set_offline(True)
    say(chat, "On its way")
    chat.get_by_role("link", name="Your requests").click()

    chat.context.set_offline(False)

    row = chat.get_by_role("link", name=ticket["subject"])
    expect(row).to_contain_text("On its way", timeout=SOON)


def test_a_refused_message_says_why_and_can_be_edited_or_discarded(
    chat, admin, customer, ticket
):
    chat.context.set_offline(True)
    say(chat, "First")
    say(chat, "Second")
    admin.patch(f"/tickets/{ticket['id']}", {"status": "closed"})

    chat.context.set_offline(False)

    refused = chat.locator(".waiting", has_text="Not sent")
    expect(refused).to_have_count(2, timeout=SOON)
    chat.reload()
    expect(refused).to_have_count(2)
    refused.first.get_by_role("button", name="Discard").click()
    expect(refused).to_have_count(1)
    admin.patch(f"/tickets/{ticket['id']}", {"status": "open"})
    expect(chat.get_by_label("Message")).to_be_visible()
    chat.get_by_label("Message").fill("Third")
    refused.get_by_role("button", name="Edit").click()
    expect(refused).to_have_count(0)
    expect(chat.get_by_label("Message")).to_have_value("Second\n\nThird")
    expect(chat.get_by_label("Message")).to_be_focused()
    assert texts(customer, ticket) == []


def test_two_tabs_send_one_message_once(chat, customer, ticket):
    chat.context.set_offline(True)
    say(chat, "Hello")
    other = chat.context.new_page()

    chat.context.set_offline(False)
    other.goto(chat.url)

    expect(chat.locator(".waiting")).to_have_count(0, timeout=SOON)
    expect(other.locator(".waiting")).to_have_count(0, timeout=SOON)
    assert texts(customer, ticket) == ["Hello"]


def test_what_one_tab_could_not_send_is_back_in_its_draft_once(
    desk, customer, admin, colleague, ticket
):
    other = desk.context.new_page()
    other.goto(desk.url)
    expect(other.locator(".log:not([aria-busy])")).to_be_visible()
    desk.context.set_offline(True)
    for page in (desk, other):
        expect(page.get_by_text("Not connected.")).to_be_visible(timeout=SOON)
    desk.get_by_label("Message").fill("My answer")
    desk.get_by_label("Message").press("Control+Enter")
    expect(desk.get_by_text("Sending…")).to_be_visible()
    colleague.say(ticket, "Use water.")

    desk.context.set_offline(False)

    said = "Bob answered while you were writing."
    expect(desk.locator(".collision")).to_contain_text(said, timeout=SOON)
    expect(other.get_by_text("Use water.")).to_be_visible()
    other.wait_for_timeout(1000)  # in which it would have sent it, too
    for page in (desk, other):
        expect(page.locator(".waiting")).to_have_count(0)
        expect(page.get_by_label("Message")).to_have_value("My answer")


def test_another_tab_sends_what_one_was_sending_when_it_was_closed(
    chat, customer, ticket
):
    other = chat.context.new_page()
    other.goto(chat.url)
    expect(other.locator(".log:not([aria-busy])")).to_be_visible()
    chat.context.set_offline(True)
    expect(other.get_by_text("Not connected.")).to_be_visible(timeout=SOON)
    say(chat, "Hello")
    expect(chat.get_by_text("Sending…")).to_be_visible()
    chat.close(run_before_unload=False)

    other.context.set_offline(False)

    expect(other.locator(".entry.message:not(.waiting)")).to_contain_text(
        "Hello", timeout=SOON
    )
    assert texts(customer, ticket) == ["Hello"]


def test_a_note_goes_on_after_an_outage_and_a_reload_and_is_stored_once(
    console, admin, ticket
):
    desk = console(admin, f"tickets/{ticket['id']}")
    expect(desk.locator(".log:not([aria-busy])")).to_be_visible()
    desk.context.set_offline(True)
    desk.get_by_label("Internal note").check()
    desk.get_by_role("textbox", name="Internal note").fill("Mind the gap")
    desk.get_by_role("button", name="Add internal note").click()
    expect(desk.locator(".waiting.note")).to_contain_text("Sending…")

    desk.context.set_offline(False)
    desk.reload()

    expect(desk.locator(".note:not(.waiting)")).to_contain_text("Mind the gap")
    expect(desk.locator(".waiting")).to_have_count(0)
    comments = admin.get(f"/tickets/{ticket['id']}/comments")["data"]
    assert [comment["content"] for comment in comments] == ["Mind the gap"]


def test_an_answer_that_resolves_does_so_after_a_reload(console, admin, ticket):
    desk = console(admin, f"tickets/{ticket['id']}")
    expect(desk.locator(".log:not([aria-busy])")).to_be_visible()
    desk.context.set_offline(True)
    desk.get_by_label("Message").fill("There you are.")
    desk.get_by_role("button", name="Send and resolve").click()
    expect(desk.get_by_text("Sending…")).to_be_visible()

    desk.context.set_offline(False)
    desk.reload()

    expect(desk.get_by_label("Status")).to_have_value("resolved")
    assert texts(admin, ticket) == ["There you are."]


def test_what_one_wrote_is_not_sent_by_whoever_signs_in_in_another_tab(
    console, admin, colleague, ticket
):
    page, connections = console(admin, "dashboard"), []

    def connect(socket):
        server, is_first = socket.connect_to_server(), not connections
        connections.append(server)
        socket.on_message(lambda sent: is_first and SEND in sent or server.send(sent))

    page.route_web_socket(re.compile("/socket.io/"), connect)
    page.goto(f"{admin.url}/console/tickets/{ticket['id']}")
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()
    for text in ("One", "Two"):  # one is not acknowledged, one waits for that
        page.get_by_label("Message", exact=True).fill(text)
        page.get_by_label("Message", exact=True).press("Control+Enter")
    expect(page.locator(".waiting")).to_have_count(2)

    # That somebody signed out in between was missed.
    session = {"token": colleague.token, "user": colleague.user, "refreshAt": 2**53}
    page.evaluate(
        """(session) => {
          localStorage.setItem("session", session);
          dispatchEvent(new StorageEvent("storage", { key: "session" }));
        }""",
        json.dumps(session),
    )

    expect(page.locator(".me")).to_have_text(colleague.user["name"])
    expect(page.locator(".waiting")).to_have_count(0)
    page.wait_for_timeout(2000)  # in which they would be sent
    assert texts(admin, ticket) == []


def test_on_a_shared_computer_signing_out_asks_before_messages_are_lost(
    console, customer, ticket
):
    page = console(None, f"tickets/{ticket['id']}")
    page.get_by_label("Email").fill(customer.user["email"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("This is a shared computer").check()
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()
    page.context.set_offline(True)
    say(page, "One")
    say(page, "Two")
    asked = page.get_by_role("dialog")

    page.get_by_role("button", name="Sign out").click()

    expect(asked).to_contain_text("2 messages have not been sent yet.")
    asked.get_by_role("button", name="Cancel").click()
    expect(page.locator(".waiting")).to_have_count(2)
    page.get_by_role("button", name="Sign out").click()
    asked.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
