"""A ticket's entries: their order, what is new, what is read, and long histories."""

import json
import re
import time

import pytest
import served
from console.desk import slow_down
from sqlalchemy import create_engine, text

expect = pytest.importorskip("playwright.sync_api").expect
MAX_OPENING_SECONDS = 1
OPENINGS = 3  # of which the fastest counts: others may take the processors
# The page learns of it a moment later.
TO_THE_TOP = """async (log) => {
  log.scrollTop = 0;
  await new Promise(requestAnimationFrame);
  return log.scrollTop === 0;
}"""
# What is added to a log is read out, unless that is busy when it is painted.
NOTE_ADDED = """(log) => {
  window.added = [];
  const note = () => requestAnimationFrame(() => added.push(log.ariaBusy));
  new MutationObserver(note).observe(log.querySelector("ol"), { childList: true });
}"""
# The same of a log that is yet to come.
NOTE_ENTRIES = """() => {
  window.added = [];
  const note = (added) => {
    const log = added.closest?.("[role=log]");
    if (log) requestAnimationFrame(() => window.added.push(log.ariaBusy));
  };
  new MutationObserver((records) =>
    records.forEach(({ addedNodes }) => addedNodes.forEach(note)),
  ).observe(document, { childList: true, subtree: true });
}"""
IS_AT_END = "(log) => log.scrollHeight - log.scrollTop - log.clientHeight < 80"
LONG = 5000  # entries
RECENT = 50  # entries that a ticket is opened with
LAST_ENTRY = text(
    "SELECT seq, payload FROM ticket_events WHERE ticket_id = :ticket_id"
    " ORDER BY seq DESC LIMIT 1"
)
COPY_ENTRY = text(
    "INSERT INTO ticket_events"
    " (ticket_id, stream, seq, name, actor_id, payload, created_at)"
    " SELECT ticket_id, stream, :seq, name, actor_id, :payload, created_at"
    " FROM ticket_events WHERE ticket_id = :ticket_id AND seq = 2"
)
SET_LAST_SEQ = text("UPDATE tickets SET last_seq = :seq WHERE id = :ticket_id")


def open_desk(console, admin, ticket):
    """Open a ticket as an admin."""
    page = console(admin, f"tickets/{ticket['id']}")
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()
    return page


def note(admin, ticket, content):
    """Add a note to a ticket; return it."""
    body = {"content": content, "internal": True}
    return admin.post(f"/tickets/{ticket['id']}/comments", body)


def expect_end(page):
    """Wait until the end of the timeline is on screen."""
    served.wait_until(lambda: page.get_by_role("log").evaluate(IS_AT_END))


def read_above(page):
    """Scroll to the beginning of the timeline."""
    served.wait_until(lambda: page.get_by_role("log").evaluate(TO_THE_TOP))


def test_messages_comments_notes_and_changes_are_one_timeline(
    console, customer, admin, ticket
):
    customer.say(ticket, "One")
    note(admin, ticket, "Two")
    admin.post(f"/tickets/{ticket['id']}/comments", {"content": "Three"})
    admin.patch(f"/tickets/{ticket['id']}", {"status": "in_progress"})
    admin.say(ticket, "Five")

    page = open_desk(console, admin, ticket)

    entries = page.locator("li.entry")
    expect(entries).to_have_count(5)
    kinds = ["message", "note", "comment", "change", "message"]
    for number, kind in enumerate(kinds):
        assert kind in entries.nth(number).get_attribute("class")
    expect(entries.nth(3)).to_contain_text("Ada changed status: In progress")


def test_a_customer_sees_no_notes_nor_changes_that_do_not_concern_them(
    chat, admin, ticket
):
    note(admin, ticket, "Psst")
    admin.patch(f"/tickets/{ticket['id']}", {"priority": "low"})
    admin.patch(f"/tickets/{ticket['id']}", {"assigned_to": admin.user["id"]})

    expect(chat.locator("li.entry")).to_have_count(1)
    expect(chat.locator("li.entry")).to_contain_text("Ada changed assignee: Ada")


def test_what_a_rule_has_changed_was_changed_by_the_system(
    chat, admin, customer, ticket
):
    conditions = {"category_id": [ticket["category_id"]]}
    rule = {"name": "Answered", "on": "customer.replied", "conditions": conditions}
    rule["actions"] = {"status": "in_progress"}
    admin.post("/rules", rule)

    customer.say(ticket, "Hello?")

    said = chat.get_by_text("System changed status: In progress")
    expect(said).to_be_visible()


def test_many_changes_of_one_person_are_folded(console, admin, ticket):
    page = open_desk(console, admin, ticket)
    for priority in ("low", "medium", "urgent"):
        admin.patch(f"/tickets/{ticket['id']}", {"priority": priority})

    folded = page.get_by_text("Ada changed 3 things")

    expect(folded).to_be_visible()
    expect(page.get_by_text("Ada changed priority: Medium")).to_be_hidden()
    folded.click()
    expect(page.get_by_text("Ada changed priority: Medium")).to_be_visible()


def test_what_was_edited_and_deleted_is_said(console, admin, ticket):
    page = open_desk(console, admin, ticket)
    for content in ("One", "Two"):
        note(admin, ticket, content)
    first, second = page.locator(".note").nth(0), page.locator(".note").nth(1)

    first.get_by_role("button", name="Edit").click()
    page.get_by_role("dialog").get_by_label("Internal note").fill("Uno")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(first).to_contain_text("Uno")
    expect(first).to_contain_text("edited")
    expect(first.get_by_role("button", name="Edit")).to_be_focused()

    second.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(second).to_contain_text("Deleted by Ada.")
    expect(second).not_to_contain_text("Two")
    expect(second).to_be_focused()


def test_what_was_edited_and_deleted_long_ago_is_so_in_earlier_entries_too(
    console, customer, admin, ticket
):
    edited, gone = note(admin, ticket, "Draft"), note(admin, ticket, "Gone")
    for words in ("First", "Second"):
        admin.patch(f"/comments/{edited['id']}", {"content": words})
    admin.request("DELETE", f"/comments/{gone['id']}")
    for number in range(55):
        note(admin, ticket, f"Note {number}")
    customer.say(ticket, "Hello")
    page = open_desk(console, admin, ticket)
    expect(page.get_by_text("Second")).to_be_hidden()

    page.get_by_role("button", name="Show earlier entries").click()

    first = page.locator(".note").first
    expect(first).to_contain_text("Second")
    expect(page.locator(".note").nth(1)).to_contain_text("Deleted by Ada.")
    expect(page.locator(".note")).to_have_count(57)
    expect(page.get_by_role("button", name="Show earlier entries")).to_be_hidden()
    expect(page.get_by_role("log")).to_be_focused()


def test_earlier_entries_come_without_a_jump(console, customer, admin, ticket):
    for number in range(60):
        customer.say(ticket, f"Message {number}")
    page = open_desk(console, admin, ticket)
    expect_end(page)
    read_above(page)
    oldest = page.locator(".entry.message").first
    words = oldest.locator(".text").inner_text()
    before = oldest.bounding_box()["y"]
    page.get_by_role("log").evaluate(NOTE_ADDED)

    page.get_by_role("button", name="Show earlier entries").click()

    expect(page.locator(".entry.message")).to_have_count(60)
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()
    assert set(page.evaluate("added")) == {"true"}
    same = page.locator(".entry.message", has_text=words).first
    # What was above it, the button, has gone.
    served.wait_until(lambda: abs(same.bounding_box()["y"] - before) < 60)


def test_one_who_reads_above_is_not_moved_and_sees_how_much_is_new(
    console, chat, admin, ticket
):
    for number in range(15):
        admin.say(ticket, f"Line {number}\n" * 4)
    expect(chat.locator(".entry.message")).to_have_count(15)
    expect_end(chat)
    log = chat.get_by_role("log")
    read_above(chat)

    admin.say(ticket, "News")
    admin.say(ticket, "More news")

    more = chat.get_by_role("button", name="2 new")
    expect(more).to_be_visible()
    assert log.evaluate("(log) => log.scrollTop") == 0
    more.click()
    expect(more).to_be_hidden()
    expect(log).to_be_focused()
    expect_end(chat)
    read_above(chat)
    admin.say(ticket, "Still more")
    expect(chat.get_by_role("button", name="1 new")).to_be_visible()


def test_ones_own_message_is_brought_into_view(chat, admin, ticket):
    for number in range(15):
        admin.say(ticket, f"Line {number}\n" * 4)
    expect(chat.locator(".entry.message")).to_have_count(15)
    read_above(chat)

    chat.get_by_label("Message").fill("Mine")
    chat.get_by_label("Message").press("Enter")

    expect(chat.locator(".entry.own:not(.waiting)")).to_be_in_viewport()


def test_the_end_stays_in_view_when_a_keyboard_takes_half_of_the_screen(
    console, customer, admin, ticket
):
    for number in range(15):
        admin.say(ticket, f"Line {number}\n" * 4)
    phone = {"width": 390, "height": 800}
    page = console(customer, f"tickets/{ticket['id']}", viewport=phone)
    expect(page.locator(".entry.message")).to_have_count(15)

    page.set_viewport_size({"width": 390, "height": 420})
    page.get_by_label("Message").focus()

    expect_end(page)
    expect(page.get_by_label("Message")).to_be_in_viewport(ratio=1)


def test_a_line_is_drawn_before_the_first_unread_message(
    console, customer, admin, ticket
):
    customer.say(ticket, "Old")
    admin.say(ticket, "Read")
    page = console(customer, f"tickets/{ticket['id']}")
    expect(page.get_by_text("New", exact=True)).to_be_visible()
    path = f"/tickets/{ticket['id']}/messages"
    last = f"{path}?mark_read=false"
    served.wait_until(lambda: customer.get(last)["data"][-1]["is_read"])
    admin.say(ticket, "Unread")

    page.reload()

    line = page.locator(".day.new")
    expect(line).to_have_count(1)
    following = line.locator("xpath=following-sibling::li[1]")
    expect(following).to_contain_text("Unread")


def unread(user, ticket):
    """Return how many messages of a ticket are unread, for a user."""
    return user.get(f"/tickets/{ticket['id']}")["unread_count"]


def test_what_a_customer_looks_at_is_read_and_the_agent_sees_when(
    console, customer, admin, ticket
):
    desk = open_desk(console, admin, ticket)
    desk.get_by_label("Message").fill("Hello")
    desk.get_by_label("Message").press("Control+Enter")
    own = desk.locator(".entry.own")
    expect(own.get_by_text("Sent")).to_be_visible()

    chat = console(customer, f"tickets/{ticket['id']}")
    expect(chat.get_by_text("Hello")).to_be_visible()

    expect(own.get_by_text("Read ")).to_be_visible(timeout=10_000)
    expect(own.get_by_text("Sent")).to_be_hidden()


def test_nothing_looks_at_a_timeline_that_was_left(console, customer, ticket):
    page = console(customer, f"tickets/{ticket['id']}")
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()
    slow_down(page)

    page.get_by_role("link", name="Your requests").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your requests")
    page.wait_for_timeout(1500)  # it would look each second, and the page would fail


def test_looking_at_a_ticket_of_nobodys_does_not_mark_it_as_read(
    console, customer, admin, ticket
):
    customer.say(ticket, "Hello")
    page = open_desk(console, admin, ticket)
    expect(page.get_by_text("Hello")).to_be_visible()

    page.wait_for_timeout(3500)

    assert unread(admin, ticket) == 1
    page.get_by_role("button", name="Mark read").click()
    served.wait_until(lambda: unread(admin, ticket) == 0)
    expect(page.get_by_role("button", name="Mark read")).to_be_hidden()
    expect(page.get_by_role("log")).to_be_focused()


def test_the_key_m_marks_as_read(console, customer, admin, ticket):
    customer.say(ticket, "Hello")
    page = open_desk(console, admin, ticket)
    expect(page.get_by_text("Hello")).to_be_visible()

    page.keyboard.press("m")

    served.wait_until(lambda: unread(admin, ticket) == 0)


def test_who_answers_a_ticket_of_nobodys_has_read_it(console, customer, admin, ticket):
    customer.say(ticket, "Hello")
    page = open_desk(console, admin, ticket)
    expect(page.get_by_text("Hello")).to_be_visible()

    page.get_by_label("Message").fill("Hello yourself")
    page.get_by_label("Message").press("Control+Enter")

    served.wait_until(lambda: unread(admin, ticket) == 0)


@pytest.mark.parametrize("mine", [True, False])
def test_an_agent_reads_by_looking_only_what_is_assigned_to_them(
    console, customer, admin, colleague, ticket, mine
):
    customer.say(ticket, "Hello")
    assignee = admin if mine else colleague
    admin.patch(f"/tickets/{ticket['id']}", {"assigned_to": assignee.user["id"]})

    page = open_desk(console, admin, ticket)

    if mine:
        served.wait_until(lambda: unread(admin, ticket) == 0)
    else:
        page.wait_for_timeout(3500)
        assert unread(admin, ticket) == 1


def test_a_long_text_is_folded(chat, admin, ticket):
    admin.say(ticket, "\n".join(f"line {number}" for number in range(30)))
    expect(chat.get_by_text("line 19")).to_be_visible()
    expect(chat.get_by_text("line 20")).to_be_hidden()

    chat.get_by_role("button", name="Show all").click()

    expect(chat.get_by_text("line 29")).to_be_attached()
    expect(chat.get_by_role("button", name="Show less")).to_be_focused()


def test_links_in_a_text_lead_out_and_markup_is_only_text(chat, admin, ticket):
    text = "<b>See</b> https://example.org/a?b=c. <img src=x onerror=alert(1)>"
    admin.say(ticket, text)

    link = chat.get_by_role("link", name="https://example.org/a?b=c")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(chat.locator(".text").last).to_contain_text("<b>See</b>")


def test_an_entry_that_the_address_leads_to_takes_no_focus_from_a_field(
    console, admin, ticket
):
    admin.say(ticket, "Unplug it.")
    page, held = console(admin, "dashboard"), []
    page.route_web_socket(re.compile("/socket.io/"), lambda socket: held.append(socket))
    page.goto(f"{admin.url}/console/tickets/{ticket['id']}#e2")
    box = page.get_by_label("Message", exact=True)
    box.press_sequentially("Have you")
    served.wait_until(lambda: page.evaluate("1") and held)

    held[0].connect_to_server()

    expect(page.locator(".log:not([aria-busy])")).to_contain_text("Unplug it.")
    expect(box).to_be_focused()


def test_who_was_led_to_an_entry_is_not_moved_by_the_next_one(
    console, customer, admin, ticket
):
    for number in range(40):
        customer.say(ticket, f"Message {number}\n" * 3)
    page = console(admin, f"tickets/{ticket['id']}#e5")
    entry = page.locator("#e5")
    expect(entry).to_be_focused()
    expect(entry).to_be_in_viewport()

    customer.say(ticket, "News")

    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    expect(entry).to_be_in_viewport()


def test_a_ticket_is_opened_without_reading_all_of_it_out(
    console, customer, admin, ticket
):
    admin.say(ticket, "Unplug it.")
    page = console(customer, "tickets")
    link = page.get_by_role("link", name=ticket["subject"])
    expect(link).to_be_visible()
    page.evaluate(NOTE_ENTRIES)

    link.click()

    expect(page.locator(".log:not([aria-busy])")).to_contain_text("Unplug it.")
    assert set(page.evaluate("added")) == {"true"}


def test_the_address_leads_to_an_entry(console, customer, admin, ticket):
    for number in range(70):
        customer.say(ticket, f"Message {number}")

    page = console(admin, f"tickets/{ticket['id']}#e5")

    entry = page.locator("#e5")
    expect(entry).to_be_in_viewport()
    expect(entry).to_be_focused()
    expect(entry).to_contain_text("Message 3")


@pytest.mark.parametrize("entry", ["e2", "n3"])
def test_the_address_leads_to_an_entry_that_many_notes_followed(
    console, customer, admin, ticket, entry
):
    for number in range(3):
        customer.say(ticket, f"Early {number}")
    for number in range(RECENT + 10):
        note = {"content": f"Note {number}", "internal": True}
        admin.post(f"/tickets/{ticket['id']}/comments", note)

    page = console(admin, f"tickets/{ticket['id']}#{entry}")

    text = {"e2": "Early 0", "n3": "Note 2"}[entry]
    expect(page.locator(f"#{entry}")).to_contain_text(text)
    expect(page.locator(f"#{entry}")).to_be_focused()
    assert page.locator(f"#{entry}").is_visible()


def test_days_are_parted_and_the_time_of_an_entry_is_a_link_to_it(
    chat, admin, ticket
):
    admin.say(ticket, "Hello")
    entry = chat.locator(".entry.message")
    expect(chat.locator(".day:not(.new)")).to_have_count(1)

    entry.get_by_role("link").click()

    assert chat.url.endswith(f"#{entry.get_attribute('id')}")
    expect(entry).to_contain_text("Hello")


@pytest.fixture
def long_ticket(server, customer, ticket):
    """The ticket with a long history: one message, copied in bulk."""
    customer.say(ticket, "Message")
    engine = create_engine(server.environ["DATABASE_URL"])
    where = {"ticket_id": ticket["id"]}
    with engine.begin() as connection:
        (copied,) = connection.execute(LAST_ENTRY, where).mappings()
        payload = json.loads(copied["payload"])
        connection.execute(
            COPY_ENTRY,
            [
                {**where, "seq": seq, "payload": json.dumps({**payload, "id": id})}
                for id, seq in enumerate(range(copied["seq"] + 1, LONG + 1), 10**6)
            ],
        )
        connection.execute(SET_LAST_SEQ, where | {"seq": LONG})
    engine.dispose()
    return ticket


def test_a_ticket_of_thousands_of_entries_opens_at_once_and_with_one_join(
    console, customer, long_ticket
):
    page = console(customer, "tickets")
    link = page.get_by_role("link", name=long_ticket["subject"])
    expect(link).to_be_visible()
    sent = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on(
        "Network.webSocketFrameSent",
        lambda frame: sent.append(frame["response"]["payloadData"]),
    )

    took = []
    for _ in range(OPENINGS):
        begun = time.monotonic()
        link.click()
        expect(page.locator("li.entry")).to_have_count(RECENT)
        took.append(time.monotonic() - begun)
        expect(page.locator(".log:not([aria-busy])")).to_be_visible()
        expect_end(page)
        page.go_back()

    assert min(took) <= MAX_OPENING_SECONDS
    page.wait_for_timeout(500)
    assert len([frame for frame in sent if '"join"' in frame]) == OPENINGS


def test_a_timeline_is_accessible_and_fits(
    console, customer, admin, ticket, assert_accessible, assert_fits
):
    for number in range(55):
        customer.say(ticket, f"Message {number}")
    page = open_desk(console, admin, ticket)
    read_above(page)
    customer.say(ticket, "A-very-long-word-" * 20)
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    expect(page.get_by_role("button", name="Mark read")).to_be_visible()

    assert_accessible(page)
    assert_fits(page)
