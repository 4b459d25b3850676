"""Files of what one writes: added, uploaded, and sent with it."""

import base64
import json

import pytest

expect = pytest.importorskip("playwright.sync_api").expect
SOON = 30_000  # milliseconds in which a connection comes back
LOG = {"name": "log.txt", "mimeType": "text/plain", "buffer": b"12:00 Paper jam"}
# Files from elsewhere: what browsers give a page, but for the hand that does it.
GIVE = """([kind, name, content, target]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  data.items.add(new File([bytes], name, { type: "image/png" }));
  const given = kind === "paste" ? { clipboardData: data } : { dataTransfer: data };
  const options = { ...given, bubbles: true, cancelable: true };
  const event = kind === "paste" ? new ClipboardEvent(kind, options)
    : new DragEvent(kind, options);
  return document.querySelector(target).dispatchEvent(event);
}"""


@pytest.fixture
def open_chat(console, customer, ticket):
    """Open the ticket as its customer."""

    def open_chat(**options):
        page = console(customer, f"tickets/{ticket['id']}", **options)
        expect(page.locator(".log:not([aria-busy])")).to_be_visible()
        return page

    return open_chat


@pytest.fixture
def chat(open_chat):
    """The ticket, opened by its customer."""
    return open_chat()


@pytest.fixture
def desk(console, admin, ticket):
    """The ticket, opened by an admin."""
    page = console(admin, f"tickets/{ticket['id']}")
    expect(page.locator(".log:not([aria-busy])")).to_be_visible()
    return page


def add(page, *files):
    """Choose files."""
    page.locator(".composer input[type=file]").set_input_files([*files])


def added(page):
    """Return the files that are added to what is written."""
    return page.locator(".composer .files li")


def expect_uploaded(page, count=1):
    """Wait until files are uploaded."""
    expect(added(page)).to_have_count(count)
    expect(page.locator(".composer progress")).to_have_count(0, timeout=SOON)


def give(page, kind, content, target=".composer textarea"):
    """Drop or paste a picture; return whether the browser does something with it."""
    encoded = base64.b64encode(content).decode()
    return page.evaluate(GIVE, [kind, "screen.png", encoded, target])


class Held:
    """Uploads of a page that are not answered until one of them is released."""

    def __init__(self, page):
        self._page = page
        self._routes = []
        page.route("**/files", lambda route: self._routes.append(route))

    def release(self):
        """Let the first one go on."""
        self._first().continue_()

    def cut(self):
        """Break the connection of the first one."""
        self._first().abort()

    def _first(self):
        for _ in range(500):
            if self._routes:
                break
            self._page.wait_for_timeout(20)
        return self._routes[0]


def send(page):
    """Send what is written."""
    page.locator(".composer .primary").click()


def messages(user, ticket):
    """Return the messages of a ticket: their texts, and the names of their files."""
    data = user.get(f"/tickets/{ticket['id']}/messages?mark_read=false")["data"]
    return [
        (message["message"], [file["name"] for file in message["files"]])
        for message in data
    ]


def test_files_are_chosen_by_keyboard_and_sent_with_a_message(chat, customer, ticket):
    other = {**LOG, "name": "other.txt"}
    chat.get_by_label("Message").focus()
    chat.keyboard.press("Tab")
    chat.keyboard.press("Tab")
    expect(chat.get_by_role("button", name="Add files")).to_be_focused()
    with chat.expect_file_chooser() as chooser:
        chat.keyboard.press("Enter")
    chooser.value.set_files([LOG, other])
    expect_uploaded(chat, 2)

    chat.get_by_label("Message").fill("Here they are.")
    chat.keyboard.press("Enter")

    sent = chat.locator("li.entry.message:not(.waiting)")
    expect(sent.locator(".files li")).to_have_count(2)
    expect(sent).to_contain_text("log.txt 0.1 kB · TXT")
    expect(added(chat)).to_have_count(0)
    assert messages(customer, ticket) == [("Here they are.", ["log.txt", "other.txt"])]


def test_files_alone_are_a_message(chat, customer, ticket):
    add(chat, LOG)
    expect_uploaded(chat)

    send(chat)

    expect(chat.locator("li.entry.message:not(.waiting) .files")).to_be_visible()
    assert messages(customer, ticket) == [("", ["log.txt"])]


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted(kind, chat, customer, ticket, picture):
    left_to_browser = give(chat, kind, picture())
    expect_uploaded(chat)
    send(chat)

    expect(chat.locator("li.entry.message:not(.waiting) .files")).to_be_visible()
    assert messages(customer, ticket) == [("", ["screen.png"])]
    assert not left_to_browser


def test_what_is_held_over_the_page_may_be_dropped_there(chat, picture):
    assert not give(chat, "dragover", picture(), "header")

    expect(chat.get_by_text("Drop the files to add them.")).to_be_visible()
    assert not give(chat, "drop", picture(), "header")
    expect(chat.get_by_text("Drop the files to add them.")).to_be_hidden()
    expect_uploaded(chat)


def test_a_file_of_a_note_is_never_in_a_customers_page(
    chat, desk, admin, customer, ticket
):
    desk.get_by_label("Internal note").check()
    add(desk, {**LOG, "name": "canary.txt"})
    expect_uploaded(desk)
    desk.get_by_label("Reply to Carla").check()
    expect(added(desk)).to_have_count(0)
    desk.get_by_label("Message").fill("We look at it.")
    send(desk)
    expect(chat.get_by_text("We look at it.")).to_be_visible()
    desk.get_by_label("Internal note").check()
    expect_uploaded(desk)

    send(desk)

    note = desk.locator("li.entry.note:not(.waiting)")
    expect(note.get_by_text("canary.txt")).to_be_visible()
    customer.say(ticket, "Thank you")
    expect(chat.get_by_text("Thank you")).to_be_visible()
    kept = chat.evaluate("JSON.stringify(localStorage)")
    assert "canary" not in chat.content() + kept
    chat.reload()
    expect(chat.get_by_text("Thank you")).to_be_visible()
    assert "canary" not in chat.content()
    assert messages(admin, ticket)[0] == ("We look at it.", [])


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
    held = Held(chat)
    add(chat, LOG)
    chat.get_by_label("Message").fill("Look at this")
    send(chat)

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


def test_a_message_that_waits_for_an_upload_that_fails_is_not_sent(
    chat, customer, ticket
):
    held = Held(chat)
    add(chat, LOG)
    chat.get_by_label("Message").fill("Look at this")
    send(chat)
    expect(chat.get_by_text("This is sent as soon")).to_be_visible()

    held.cut()

    expect(added(chat)).to_contain_text("The service cannot be reached.")
    expect(chat.get_by_text("This is sent as soon")).to_be_hidden()
    expect(chat.get_by_label("Message")).to_have_value("Look at this")
    assert messages(customer, ticket) == []


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


def test_who_leaves_a_message_that_waits_is_told_that_it_is_not_sent(
    chat, customer, ticket
):
    held = Held(chat)
    add(chat, LOG)
    chat.get_by_label("Message").fill("Look at this")
    send(chat)
    expect(chat.get_by_text("This is sent as soon")).to_be_visible()

    chat.get_by_role("link", name="Your requests").click()

    expect(chat.get_by_text("Not sent yet: its files were still")).to_be_visible()
    held.release()
    chat.get_by_role("link", name=ticket["subject"]).click()
    expect_uploaded(chat)
    expect(chat.get_by_label("Message")).to_have_value("Look at this")
    assert messages(customer, ticket) == []


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


def test_the_composer_with_files_is_accessible_and_fits(
    desk, assert_accessible, assert_fits
):
    long = {**LOG, "name": f"{'a_very_long_name' * 6}.txt"}
    song = {"name": "song.mp3", "mimeType": "audio/mpeg", "buffer": b"la la"}
    add(desk, long)
    expect_uploaded(desk)
    Held(desk)
    add(desk, song, LOG)
    expect(desk.get_by_role("progressbar")).to_be_visible()
    desk.get_by_label("Message").fill("Look at this")

    assert_accessible(desk)
    assert_fits(desk)


def test_files_are_added_in_arabic(open_chat, customer, ticket):
    chat = open_chat(locale="ar")
    add(chat, LOG)
    expect_uploaded(chat)

    send(chat)

    expect(chat.locator("li.entry.message:not(.waiting) .files")).to_be_visible()
    assert messages(customer, ticket) == [("", ["log.txt"])]
