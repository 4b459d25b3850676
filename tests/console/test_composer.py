"""Writing answers and notes."""

import pytest
from console.desk import slow_down

expect = pytest.importorskip("playwright.sync_api").expect

TYPE_AT_ONCE = """() => new MutationObserver((changes, observer) => {
  const box = document.querySelector("textarea[name=text]");
  if (!box) return;
  observer.disconnect();
  box.value = "One";
  box.dispatchEvent(new Event("input", { bubbles: true }));
}).observe(document, { childList: true, subtree: true })"""


def entries(page):
    """Return the messages of a timeline that the service has."""
    return page.locator(".entry.message:not(.waiting)")


@pytest.fixture
def chat(console, customer, ticket):
    """The ticket, opened by its customer."""
    return console(customer, f"tickets/{ticket['id']}")


def test_enter_sends_a_customers_message_and_shift_enter_begins_a_line(chat):
    box = chat.get_by_label("Message")
    box.press_sequentially("One")
    box.press("Shift+Enter")
    box.press_sequentially("Two")
    box.press("Enter")

    expect(entries(chat)).to_contain_text("One\nTwo", use_inner_text=True)
    expect(entries(chat).get_by_text("Sent")).to_be_visible()
    expect(box).to_have_value("")
    expect(box).to_be_focused()


def test_what_is_typed_as_soon_as_there_is_a_field_is_sent(console, customer, ticket):
    page = console(customer, "tickets")
    link = page.get_by_role("link", name=ticket["subject"])
    expect(link).to_be_visible()
    slow_down(page)
    page.evaluate(TYPE_AT_ONCE)

    link.click()
    box = page.get_by_label("Message")
    expect(box).to_have_value("One")
    box.press("Enter")

    expect(entries(page)).to_contain_text("One")


def test_enter_that_ends_a_composition_of_characters_sends_nothing(chat):
    box = chat.get_by_label("Message")
    box.fill("に")

    box.evaluate("""(box) => box.dispatchEvent(new KeyboardEvent("keydown",
      { key: "Enter", isComposing: true, bubbles: true, cancelable: true }))""")

    expect(box).to_have_value("に")
    expect(chat.locator(".entry.message")).to_have_count(0)


def test_enter_begins_a_line_for_agents_and_ctrl_enter_sends(desk):
    box = desk.get_by_label("Message")
    box.press_sequentially("One")
    box.press("Enter")
    box.press_sequentially("Two")
    expect(entries(desk)).to_have_count(0)

    box.press("Control+Enter")

    expect(entries(desk)).to_contain_text("One\nTwo", use_inner_text=True)


def test_nothing_is_sent_twice_by_a_double_click_nor_blanks_at_all(desk, admin, ticket):
    box = desk.get_by_label("Message")
    send = desk.get_by_role("button", name="Send to Carla")
    box.fill("   ")
    send.click()
    box.fill("Once")
    send.dblclick()

    expect(entries(desk)).to_have_count(1)
    assert len(admin.get(f"/tickets/{ticket['id']}/messages")["data"]) == 1


def test_a_note_is_written_by_keyboard_and_says_what_it_is(desk):
    desk.locator(".log").focus()
    desk.keyboard.press("n")
    expect(desk.get_by_role("textbox", name="Internal note")).to_be_focused()

    desk.keyboard.type("Mind the gap")
    desk.keyboard.press("Control+Enter")

    note = desk.locator(".entry.note")
    expect(note).to_contain_text("Mind the gap")
    expect(note).to_contain_text("Internal note")
    expect(desk.get_by_role("textbox", name="Internal note")).to_have_value("")


def test_a_note_and_an_answer_are_two_drafts(desk):
    desk.get_by_label("Message").fill("For Carla")
    desk.get_by_label("Internal note").check()
    note = desk.get_by_role("textbox", name="Internal note")
    expect(note).to_have_value("")
    note.fill("For us")

    desk.get_by_label("Reply to Carla").check()

    expect(desk.get_by_label("Message")).to_have_value("For Carla")
    expect(desk.get_by_role("button", name="Send to Carla")).to_be_visible()


def test_a_note_that_is_refused_says_why_and_can_be_edited(desk):
    desk.get_by_label("Internal note").check()
    note = desk.get_by_role("textbox", name="Internal note")
    note.fill("Too early")
    refusal = {"code": "forbidden", "message": "Not now."}
    desk.route("**/comments", lambda route: route.fulfill(status=403, json=refusal))
    desk.get_by_role("button", name="Add internal note").click()
    refused = desk.locator(".waiting.note")
    expect(refused).to_contain_text("Not sent: Not now.")
    desk.get_by_label("Reply to Carla").check()

    refused.get_by_role("button", name="Edit").click()

    expect(note).to_have_value("Too early")
    expect(note).to_be_focused()
    desk.unroute("**/comments")
    desk.get_by_role("button", name="Add internal note").click()
    expect(desk.locator(".entry.note:not(.waiting)")).to_have_count(1)


def test_an_answer_and_the_resolution_are_one_click(desk, admin, ticket):
    desk.get_by_label("Message").fill("There you are.")

    desk.get_by_role("button", name="Send and resolve").click()

    expect(desk.get_by_label("Status")).to_have_value("resolved")
    expect(entries(desk)).to_have_count(1)


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_what_is_done_is_not_resolved_by_an_answer(open_as, admin, ticket, status):
    admin.patch(f"/tickets/{ticket['id']}", {"status": status})

    desk = open_as(admin)

    expect(desk.get_by_role("button", name="Send to Carla")).to_be_visible()
    expect(desk.get_by_role("button", name="Send and resolve")).to_have_count(0)


def test_an_agent_takes_a_ticket_of_nobodys(desk, admin):
    desk.get_by_role("button", name="Take this ticket").click()

    expect(desk.get_by_label("Assignee")).to_have_value(str(admin.user["id"]))
    expect(desk.get_by_role("button", name="Take this ticket")).to_be_hidden()


def test_escape_goes_to_the_timeline_and_keeps_the_text(desk):
    box = desk.get_by_label("Message")
    box.fill("Later")

    box.press("Escape")

    expect(desk.get_by_role("log")).to_be_focused()
    expect(box).to_have_value("Later")


def test_the_customer_sees_who_types_an_answer_but_not_who_types_a_note(desk, chat):
    expect(chat.locator(".log:not([aria-busy])")).to_be_visible()
    desk.get_by_label("Internal note").check()
    desk.get_by_role("textbox", name="Internal note").press_sequentially("Psst")
    chat.wait_for_timeout(1000)
    expect(chat.locator(".typing")).to_be_empty()

    desk.get_by_label("Reply to Carla").check()
    desk.get_by_label("Message").press_sequentially("Hello")

    expect(chat.locator(".typing")).to_have_text("Ada is typing…")
    desk.get_by_label("Message").fill("")
    expect(chat.locator(".typing")).to_be_empty(timeout=10_000)


def test_writing_reopens_a_resolved_ticket(chat, admin, ticket):
    expect(chat.locator(".log:not([aria-busy])")).to_be_visible()
    admin.patch(f"/tickets/{ticket['id']}", {"status": "resolved"})
    solved = chat.get_by_text("We think this is solved. Write to reopen it.")
    expect(solved).to_be_visible()

    chat.get_by_label("Message").fill("No, it is not.")
    chat.get_by_role("button", name="Send", exact=True).click()

    expect(chat.get_by_text("We are on it")).to_be_visible()
    expect(solved).to_be_hidden()


def test_a_ticket_that_is_closed_meanwhile_keeps_what_was_written(chat, admin, ticket):
    chat.get_by_label("Message").fill("One more thing")

    admin.patch(f"/tickets/{ticket['id']}", {"status": "closed"})

    expect(chat.get_by_text("This ticket is closed.")).to_be_visible()
    expect(chat.get_by_label("Message")).to_be_hidden()
    expect(chat.get_by_text("One more thing")).to_be_visible()
