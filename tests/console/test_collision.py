"""No answer is sent over another agent's answer that its writer has not seen."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


def messages(user, ticket):
    """Return the texts of a ticket's messages."""
    data = user.get(f"/tickets/{ticket['id']}/messages?mark_read=false")["data"]
    return [message["message"] for message in data]


def test_what_the_customer_writes_in_view_does_not_stop_an_answer(
    desk, customer, admin, ticket
):
    desk.get_by_label("Message").press_sequentially("Hello")
    customer.say(ticket, "And another thing")
    expect(desk.get_by_text("And another thing")).to_be_visible()

    desk.get_by_role("button", name="Send to Carla").click()

    expect(desk.locator(".entry.own:not(.waiting)")).to_contain_text("Hello")
    assert messages(admin, ticket) == ["And another thing", "Hello"]


def test_an_answer_written_before_the_entries_are_there_is_sent(
    console, admin, customer, ticket
):
    customer.say(ticket, "Are you there?")
    page = console(admin)
    page.route_web_socket("**/socket.io/**", lambda socket: None)  # it never answers
    page.goto(page.url.partition("/console/")[0] + f"/console/tickets/{ticket['id']}")
    page.get_by_label("Message").press_sequentially("I am.")
    page.get_by_role("button", name="Send to Carla").click()
    expect(page.get_by_label("Message")).to_have_value("")

    tab = page.context.new_page()
    tab.goto(page.url)

    expect(tab.locator(".entry.own:not(.waiting)")).to_contain_text("I am.")
    assert messages(admin, ticket) == ["Are you there?", "I am."]


def test_another_agents_answer_is_said_and_stops_ones_own_until_it_is_read(
    desk, colleague, admin, ticket
):
    box = desk.get_by_label("Message")
    box.press_sequentially("Hello")

    colleague.say(ticket, "Already done")
    said = desk.locator(".collision")
    expect(said).to_contain_text("Bob answered while you were writing.")
    expect(desk.get_by_role("button", name="Send anyway")).to_be_hidden()
    box.press("Control+Enter")

    expect(desk.get_by_role("button", name="Send anyway")).to_be_visible()
    expect(box).to_have_value("Hello")
    assert messages(admin, ticket) == ["Already done"]
    desk.get_by_role("button", name="I have read it").click()
    expect(said).to_be_hidden()
    expect(box).to_be_focused()
    box.press("Control+Enter")
    expect(desk.locator(".entry.own:not(.waiting)")).to_contain_text("Hello")
    assert messages(admin, ticket) == ["Already done", "Hello"]


def test_a_public_comment_of_another_agent_stops_an_answer_too(desk, colleague, ticket):
    desk.get_by_label("Message").press_sequentially("Hello")

    colleague.post(f"/tickets/{ticket['id']}/comments", {"content": "Done"})

    expect(desk.locator(".collision")).to_contain_text("Bob answered")


def test_a_note_of_another_agent_stops_nothing(desk, colleague, admin, ticket):
    desk.get_by_label("Message").press_sequentially("Hello")
    note = {"content": "For us", "internal": True}
    colleague.post(f"/tickets/{ticket['id']}/comments", note)
    expect(desk.get_by_text("For us")).to_be_visible()

    desk.get_by_role("button", name="Send to Carla").click()

    expect(desk.locator(".entry.own:not(.waiting)")).to_contain_text("Hello")
    assert messages(admin, ticket) == ["Hello"]


def test_notes_are_never_stopped(desk, colleague, ticket):
    desk.get_by_label("Internal note").check()
    desk.get_by_role("textbox", name="Internal note").press_sequentially("Hm")
    colleague.say(ticket, "Done")
    expect(desk.get_by_text("Done")).to_be_visible()
    expect(desk.locator(".collision")).to_be_hidden()

    desk.get_by_role("button", name="Add internal note").click()

    expect(desk.locator(".entry.note")).to_contain_text("Hm")


def test_an_agent_who_was_offline_sends_nothing_over_a_colleagues_answer(
    desk, colleague, admin, ticket
):
    box = desk.get_by_label("Message")
    box.press_sequentially("Hello")
    desk.context.set_offline(True)
    colleague.say(ticket, "Already done")
    box.press("Control+Enter")
    expect(desk.locator(".entry.waiting")).to_contain_text("Sending…")

    desk.context.set_offline(False)

    expect(desk.locator(".collision")).to_contain_text("Bob answered", timeout=30_000)
    expect(desk.get_by_text("Already done")).to_be_visible()
    expect(box).to_have_value("Hello")
    expect(desk.locator(".entry.waiting")).to_have_count(0)
    assert messages(admin, ticket) == ["Already done"]
    desk.get_by_role("button", name="Send anyway").click()
    expect(desk.locator(".entry.own:not(.waiting)")).to_contain_text("Hello")
    assert messages(admin, ticket) == ["Already done", "Hello"]


def test_what_the_customer_writes_out_of_view_stops_an_answer(
    desk, customer, admin, ticket
):
    for number in range(12):
        customer.say(ticket, f"Line {number}\n" * 5)
    expect(desk.locator(".entry.message")).to_have_count(12)
    desk.get_by_role("log").evaluate("(log) => { log.scrollTop = 0; }")
    box = desk.get_by_label("Message")
    box.press_sequentially("Hello")
    customer.say(ticket, "Never mind")
    expect(desk.get_by_role("button", name="new")).to_be_visible()

    box.press("Control+Enter")

    said = desk.locator(".collision")
    expect(said).to_contain_text("Carla wrote while you were writing.")
    expect(box).to_have_value("Hello")
    assert "Hello" not in messages(admin, ticket)


def test_a_draft_that_was_there_already_is_guarded_too(desk, colleague, ticket):
    desk.get_by_label("Message").fill("Hello")
    desk.reload()
    expect(desk.locator(".log:not([aria-busy])")).to_be_visible()

    colleague.say(ticket, "Already done")

    expect(desk.locator(".collision")).to_contain_text("Bob answered")


def test_two_agents_see_each_other_before_they_write(
    desk, console, colleague, ticket
):
    other = console(colleague, f"tickets/{ticket['id']}")
    expect(desk.locator(".ticket-head")).to_contain_text("Bob is reading")

    other.get_by_label("Message").press_sequentially("Well")

    expect(desk.locator(".ticket-head")).to_contain_text("Bob is writing an answer")


def test_the_note_of_a_collision_is_accessible_and_fits(
    desk, colleague, ticket, assert_accessible, assert_fits
):
    desk.get_by_label("Message").press_sequentially("Hello")
    colleague.say(ticket, "Already done")
    desk.get_by_label("Message").press("Control+Enter")
    expect(desk.get_by_role("button", name="Send anyway")).to_be_visible()

    assert_accessible(desk)
    assert_fits(desk)
