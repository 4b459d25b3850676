"""A customer's new ticket."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def category(server, ticket):
    """Return the category of the ticket's."""
    return ticket["category"]


@pytest.fixture
def page(console, customer, category):
    """The form, filled in but for a file."""
    page = console(customer, f"new?category_id={category['id']}")
    page.get_by_label("Subject").fill("No paper")
    page.get_by_label("Description").fill("It ran out.")
    page.get_by_label("Priority").select_option("urgent")
    return page


def send(page):
    """Send the form."""
    page.get_by_role("button", name="Send request").click()


def own(customer, subject):
    """Return the customer's tickets with a subject."""
    rows = customer.get("/tickets")["data"]
    return [row for row in rows if row["subject"] == subject]


def test_a_customer_sends_a_request_and_sees_it(console, customer, page):
    send(page)

    heading = page.get_by_role("heading", level=1, name="No paper")
    expect(heading).to_be_focused()
    (made,) = own(customer, "No paper")
    expect(page.get_by_text(f"We have your request #{made['id']}.")).to_be_attached()
    assert (made["priority"], made["description"]) == ("urgent", "It ran out.")


def test_once_sent_the_form_is_empty_again(customer, page):
    send(page)
    expect(page.get_by_role("heading", level=1, name="No paper")).to_be_visible()

    page.get_by_role("link", name="New request").click()

    expect(page.get_by_label("Subject")).to_have_value("")
    expect(page.get_by_label("Priority")).to_have_value("medium")


def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(console, customer):
    page = console(customer, "new")
    page.get_by_label("Subject").fill("No paper")

    send(page)

    expect(page.locator("[aria-invalid=true]").first).to_be_focused()
    expect(page.get_by_label("Description")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Subject")).to_have_value("No paper")


def test_a_draft_survives_a_reload(page):
    page.reload()

    expect(page.get_by_label("Subject")).to_have_value("No paper")
    expect(page.get_by_label("Description")).to_have_value("It ran out.")
    expect(page.get_by_label("Priority")).to_have_value("urgent")


def test_a_draft_is_not_shown_to_another_user_of_the_browser(console, page, admin):
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    assert "No paper" not in page.content()


def test_a_reload_before_the_answer_and_a_second_sending_make_one_ticket(
    customer, page
):
    page.route("**/api/tickets", lambda route: (route.fetch(), route.abort()))
    send(page)
    expect(page.get_by_text("The service cannot be reached.")).to_be_visible()
    page.unroute("**/api/tickets")
    page.reload()

    send(page)

    expect(page.get_by_role("heading", level=1, name="No paper")).to_be_visible()
    assert len(own(customer, "No paper")) == 1


def test_other_words_under_the_same_key_are_said_to_be_another_request(customer, page):
    page.route("**/api/tickets", lambda route: (route.fetch(), route.abort()))
    send(page)
    expect(page.get_by_text("The service cannot be reached.")).to_be_visible()
    page.unroute("**/api/tickets")
    page.get_by_label("Description").fill("Other words")

    send(page)

    expect(page.get_by_text("This was sent before, with other words")).to_be_visible()
    send(page)
    expect(page.get_by_role("heading", level=1, name="No paper")).to_be_visible()
    assert len(own(customer, "No paper")) == 2


def test_a_file_is_sent_along_and_can_be_saved(customer, page):
    file = {"name": "log.txt", "mimeType": "text/plain", "buffer": b"out of paper"}
    page.get_by_label("Attachment").set_input_files(file)

    send(page)

    with page.expect_download() as saved:
        page.get_by_role("button", name="Download: log.txt").click()
    assert saved.value.suggested_filename == "log.txt"
    assert saved.value.path().read_bytes() == b"out of paper"


@pytest.mark.parametrize(
    "name, kind, content, words",
    [
        ("empty.txt", "text/plain", b"", "This file is empty."),
        ("large.txt", "text/plain", b"x" * 11_000_000, "This file has 11 MB"),
        ("page.html", "text/html", b"<p>", "This kind of file is not accepted."),
        ("song.mp3", "audio/mpeg", b"la la", "This kind of file is not accepted."),
    ],
)
def test_what_is_wrong_with_a_file_is_said_before_it_is_sent(
    page, name, kind, content, words
):
    asked = []
    page.route("**/api/tickets", lambda route: (asked.append(route), route.abort()))
    file = {"name": name, "mimeType": kind, "buffer": content}
    page.get_by_label("Attachment").set_input_files(file)

    send(page)

    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_label("Attachment")).to_be_focused()
    assert asked == []


def receive(page, kind, *names):
    """Drop or paste files."""
    page.evaluate(
        """([kind, names]) => {
          const data = new DataTransfer();
          names.forEach((name) => data.items.add(new File(["out of paper"], name)));
          const options = { bubbles: true, cancelable: true };
          dispatchEvent(kind === "paste"
            ? new ClipboardEvent(kind, { ...options, clipboardData: data })
            : new DragEvent(kind, { ...options, dataTransfer: data }));
        }""",
        [kind, names],
    )


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_file_is_dropped_or_pasted(page, kind):
    receive(page, kind, "log.txt")

    send(page)

    expect(page.get_by_role("button", name="Download: log.txt")).to_be_visible()


def test_of_several_files_none_is_left_out_in_silence(page):
    receive(page, "drop", "one.txt", "two.txt")

    expect(page.locator(".toasts")).to_contain_text("One file of at most")
    expect(page.get_by_label("Attachment")).to_have_value("")


def test_a_file_that_the_service_refuses_is_said_at_its_field(page):
    file = {"name": "a.bin", "mimeType": "", "buffer": b"\0\1\2"}
    page.get_by_label("Attachment").set_input_files(file)

    send(page)

    expect(page.get_by_label("Attachment")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Send a picture, PDF, video")).to_be_visible()
    expect(page.get_by_label("Subject")).to_have_value("No paper")


def test_sending_a_file_can_be_cancelled(customer, page):
    page.route("**/api/tickets", lambda route: None)  # never answered
    file = {"name": "log.txt", "mimeType": "text/plain", "buffer": b"out of paper"}
    page.get_by_label("Attachment").set_input_files(file)
    send(page)
    expect(page.get_by_text("Sending…")).to_be_visible()
    expect(page.locator("progress")).to_be_visible()

    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_text("Not sent.")).to_be_visible()
    page.unroute("**/api/tickets")
    send(page)
    expect(page.get_by_role("heading", level=1, name="No paper")).to_be_visible()


def test_similar_requests_are_offered(page, ticket):
    page.get_by_label("Subject").fill("The printer again")
    expect(page.get_by_text("Is it one of these?")).to_be_hidden()

    page.get_by_label("Subject").fill("The Printer")

    similar = page.get_by_role("status").get_by_role("link", name=ticket["subject"])
    expect(similar).to_be_visible()


def test_how_much_room_a_long_subject_has_left_is_said(page):
    page.get_by_label("Subject").fill("x" * 250)

    expect(page.get_by_text("5 characters left")).to_be_visible()


def test_a_new_request_about_a_closed_one_is_filled_in(
    console, customer, admin, ticket
):
    admin.patch(f"/tickets/{ticket['id']}", {"status": "closed"})
    page = console(customer, f"tickets/{ticket['id']}")
    expect(page.get_by_label("Message")).to_be_hidden()

    page.get_by_role("link", name="Open a new one about it").click()

    expect(page.get_by_label("Subject")).to_have_value(ticket["subject"])
    category = page.locator("[name=category_id]:checked, select[name=category_id]")
    expect(category).to_have_value(str(ticket["category_id"]))
    link = f"/console/tickets/{ticket['id']}"
    assert link in page.get_by_label("Description").input_value()


def test_the_form_is_accessible_and_fits(page, assert_accessible, assert_fits):
    page.get_by_label("Subject").fill("")
    send(page)
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()

    assert_accessible(page)
    assert_fits(page)


def test_a_request_that_cannot_be_sent_says_so_and_is_kept(page):
    page.context.set_offline(True)

    send(page)

    expect(page.get_by_text("Not sent: the service cannot be reached.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_label("Subject")).to_have_value("No paper")
    send(page)
    expect(page.get_by_role("heading", level=1, name="No paper")).to_be_visible()
