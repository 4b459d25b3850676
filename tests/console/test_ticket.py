"""A ticket's screen: what surrounds its timeline, for customers and for agents."""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api").expect
IN_TIME = 15_000  # milliseconds in which another process has heard of what changed


@pytest.fixture
def page(console, admin, ticket):
    """The ticket, opened by an admin in the queue."""
    page = console(admin, f"queue/all/{ticket['id']}")
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()
    return page


def test_who_is_no_admin_any_more_goes_on_with_their_own_ticket_as_a_customer(
    console, server, admin, ticket
):
    fields = ("category_id", "subject", "description", "priority")
    own = admin.post("/tickets", {name: ticket[name] for name in fields})
    page = console(admin, f"tickets/{own['id']}")
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()

    server.root.patch(f"/users/{admin.user['id']}", {"role": "customer"})

    expect(page.get_by_text("We are on it")).to_be_visible(timeout=IN_TIME)
    page.get_by_label("Message").fill("It is me.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".entry.own:not(.waiting)")).to_contain_text("It is me.")
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()


def test_an_agent_goes_on_to_all_tickets_of_a_customer(
    console, customer, admin, ticket
):
    fields = ("category_id", "subject", "description", "priority")
    for _ in range(6):
        customer.post("/tickets", {name: ticket[name] for name in fields})
    page = console(admin, f"tickets/{ticket['id']}")

    page.get_by_role("link", name="All tickets").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("All")
    expect(page.locator(".rows > li")).to_have_count(7)
    words = f"Remove the filter Customer: {customer.user['id']}"
    expect(page.get_by_role("button", name=words)).to_be_visible()


def test_an_arrow_changes_a_select_that_no_page_can_open(page, admin, ticket):
    page.evaluate("delete HTMLSelectElement.prototype.showPicker")

    page.get_by_label("Priority").press("ArrowDown")

    expect(page.get_by_text("Ada changed priority: Urgent")).to_be_visible()


def test_a_ticket_opens_with_the_focus_on_its_subject(console, customer, ticket):
    page = console(customer, "tickets")

    page.get_by_role("link", name=ticket["subject"]).press("Enter")

    heading = page.get_by_role("heading", level=1, name=ticket["subject"])
    expect(heading).to_be_focused()
    expect(page).to_have_title(re.compile(f"#{ticket['id']} {ticket['subject']}"))


def test_who_is_on_it_and_its_status_are_said_to_the_customer(chat, admin, ticket):
    expect(chat.get_by_text("We are on it")).to_be_visible()

    admin.patch(f"/tickets/{ticket['id']}", {"assigned_to": admin.user["id"]})
    admin.say(ticket, "Try this.")

    head = chat.locator(".ticket-head")
    expect(head).to_contain_text("Waiting for you · Ada")


def test_another_customers_ticket_does_not_exist(console, server, ticket):
    from served import register

    page = console(register(server, "Sam"), f"tickets/{ticket['id']}")

    missing = "There is no such ticket, or it is not yours."
    expect(page.get_by_text(missing)).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


def test_the_customer_says_that_it_is_solved(chat, admin, ticket):
    chat.get_by_role("button", name="It is solved").click()

    expect(chat.get_by_text("We think this is solved.")).to_be_visible()
    expect(chat.get_by_role("heading", level=1)).to_be_focused()
    assert admin.get(f"/tickets/{ticket['id']}")["status"] == "resolved"


def test_a_ticket_that_is_deleted_says_so_and_shows_what_was_there(
    chat, admin, ticket
):
    chat.get_by_label("Message").fill("Half a thought")

    admin.request("DELETE", f"/tickets/{ticket['id']}")

    expect(chat.get_by_text("This ticket was deleted.")).to_be_visible()
    expect(chat.get_by_text(ticket["description"])).to_be_visible()
    expect(chat.get_by_text("Half a thought")).to_be_visible()
    expect(chat.get_by_label("Message")).to_be_hidden()
    expect(chat.get_by_role("button", name="It is solved")).to_be_hidden()


def test_an_agent_who_loses_the_role_while_typing_keeps_the_text_and_reads_why(
    server, console, admin, ticket
):
    page = console(admin, f"tickets/{ticket['id']}")
    page.get_by_label("Message").fill("Half a thought")

    server.root.patch(f"/users/{admin.user['id']}", {"role": "customer"})

    missing = "There is no such ticket, or it is not yours."
    expect(page.locator(".ticket").get_by_text(missing)).to_be_visible(timeout=IN_TIME)
    expect(page.get_by_text("Half a thought")).to_be_visible()
    expect(page.get_by_text(ticket["description"])).to_be_visible()
    expect(page.get_by_label("Message")).to_be_hidden()
    expect(page.get_by_label("Status")).to_be_hidden()


@pytest.mark.parametrize(
    "label, value, words",
    [
        ("Status", "in_progress", "Ada changed status: In progress"),
        ("Priority", "low", "Ada changed priority: Low"),
    ],
)
def test_an_agent_changes_a_ticket_beside_its_timeline(page, label, value, words):
    page.get_by_label(label, exact=True).select_option(value)

    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_text("Saved.")).to_be_attached()


def test_two_changes_at_once_do_not_refuse_each_other(page, admin, ticket):
    page.get_by_label("Status").select_option("in_progress")
    page.get_by_label("Priority", exact=True).select_option("low")

    expect(page.get_by_text("Ada changed priority: Low")).to_be_visible()
    expect(page.locator(".failed")).to_have_count(0)
    changed = admin.get(f"/tickets/{ticket['id']}")
    assert (changed["status"], changed["priority"]) == ("in_progress", "low")


def test_a_stale_change_says_who_was_faster_with_what_and_can_be_repeated(
    colleague, page, ticket
):
    page.context.set_offline(True)
    colleague.patch(f"/tickets/{ticket['id']}", {"status": "resolved"})
    page.context.set_offline(False)
    page.route("**/socket.io/**", lambda route: route.abort())
    page.get_by_label("Status").select_option("in_progress")

    refused = page.get_by_role("alert")
    expect(refused).to_contain_text("Yours was not applied.")
    page.unroute("**/socket.io/**")
    expect(refused).to_contain_text(
        "Changed meanwhile by Bob; now status: Solved.", timeout=IN_TIME
    )
    expect(page.get_by_label("Status")).to_have_value("resolved")
    refused.get_by_role("button", name="Apply mine").click()
    expect(page.get_by_label("Status")).to_have_value("in_progress")
    expect(refused).to_be_hidden()


def test_an_edit_that_is_refused_keeps_what_was_typed(page):
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog", name="Edit")
    dialog.get_by_label("Subject").fill("")
    dialog.get_by_label("Description").fill("More words")

    dialog.get_by_role("button", name="Save").click()

    expect(dialog.get_by_label("Subject")).to_be_focused()
    expect(dialog.get_by_label("Description")).to_have_value("More words")
    dialog.get_by_label("Subject").fill("Printer is fine")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    heading = page.get_by_role("heading", level=1, name="Printer is fine")
    expect(heading).to_be_visible()
    expect(page.get_by_role("button", name="Edit")).to_be_focused()


def test_escape_drops_what_was_typed_only_after_a_question(page):
    page.locator(".panel").get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Subject").fill("Another subject")
    asked = []
    page.once("dialog", lambda question: (asked.append(question), question.dismiss()))
    page.keyboard.press("Escape")
    expect(dialog.get_by_label("Subject")).to_have_value("Another subject")

    page.once("dialog", lambda question: (asked.append(question), question.accept()))
    dialog.get_by_role("button", name="Close").click()

    expect(dialog).to_be_hidden()
    assert [question.message for question in asked] == ["Discard what you wrote?"] * 2


def test_tags_are_added_and_removed(page):
    page.get_by_label("New tag").fill("refund")
    page.get_by_label("New tag").press("Enter")
    remove = page.get_by_role("button", name="Remove refund")
    expect(remove).to_be_visible()

    remove.click()

    expect(remove).to_be_hidden()
    expect(page.locator(".tags")).to_be_focused()


def test_a_ticket_is_deleted_only_after_a_question(page, admin, ticket):
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete this ticket for everyone?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Delete")).to_be_focused()
    page.get_by_role("button", name="Delete").click()

    dialog.get_by_role("button", name="Delete").click()

    expect(page).to_have_url(f"{admin.url}/console/queue/all")
    assert admin.request("GET", f"/tickets/{ticket['id']}").status_code == 404


def test_keys_assign_a_ticket_and_set_its_fields(page, admin):
    page.get_by_role("log").focus()

    page.keyboard.press("a")
    expect(page.get_by_label("Assignee")).to_have_value(str(admin.user["id"]))
    page.keyboard.press("s")
    expect(page.get_by_label("Status")).to_be_focused()
    page.get_by_role("log").focus()
    page.keyboard.press("p")
    expect(page.get_by_label("Priority", exact=True)).to_be_focused()
    page.get_by_role("log").focus()
    page.keyboard.press("u")

    expect(page).to_have_url(f"{admin.url}/console/queue/all")


def test_no_word_of_a_note_or_tag_reaches_the_customers_browser(
    console, customer, admin, ticket
):
    canary = "canary-7f3a"
    page = console(customer, "me")
    answers, frames = [], []

    def note_frames(socket):
        socket.on("framereceived", lambda frame: frames.append(frame))

    page.on("websocket", note_frames)
    page.reload()
    page.get_by_role("link", name="Your requests").click()
    page.on("requestfinished", lambda request: answers.append(request))
    page.get_by_role("link", name=ticket["subject"]).click()
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()

    path = f"/tickets/{ticket['id']}"
    note = admin.post(f"{path}/comments", {"content": canary, "internal": True})
    admin.request("PUT", f"{path}/tags", {"tags": [canary]})
    admin.patch(f"/comments/{note['id']}", {"content": f"{canary} again"})
    admin.say(ticket, "The end")
    expect(page.locator(".log")).to_contain_text("The end")

    storage = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    bodies = [answer.response().text() for answer in answers]
    assert bodies and "The end" in str(frames)
    for text in [page.content(), page.title(), storage, *bodies, *map(str, frames)]:
        assert canary not in text


def test_an_agents_ticket_is_accessible_and_fits(
    page, admin, customer, ticket, assert_accessible, assert_fits
):
    customer.say(ticket, "A-very-long-word-" * 20)
    admin.post(
        f"/tickets/{ticket['id']}/comments", {"content": "Note", "internal": True}
    )
    expect(page.locator(".entry.note")).to_be_visible()

    assert_accessible(page)
    assert_fits(page)


@pytest.mark.parametrize("status", ["open", "resolved", "closed"])
def test_a_customers_ticket_is_accessible_and_fits(
    chat, admin, ticket, status, assert_accessible, assert_fits
):
    admin.say(ticket, "A-very-long-word-" * 20)
    if status != "open":
        admin.patch(f"/tickets/{ticket['id']}", {"status": status})
        expect(chat.locator(".rating")).to_be_visible()
    expect(chat.locator(".entry.message")).to_have_count(1)

    assert_accessible(chat)
    assert_fits(chat)
