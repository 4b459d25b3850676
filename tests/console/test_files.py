"""The files of a conversation, where it is shown."""

import pytest
import served
from console.composing import IS_BLOB, SOON, expect_drawn

expect = pytest.importorskip("playwright.sync_api").expect
LOG = b"12:00 Paper jam\n"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n%%EOF\n"


def is_readable(page, source):
    """Whether a blob can still be loaded: by an image, as the policy has it."""
    return page.evaluate(
        """(source) => new Promise((answer) => {
          const image = new Image();
          image.onload = () => answer(true);
          image.onerror = () => answer(false);
          image.src = source;
        })""",
        source,
    )


def test_files_are_listed_under_their_message_and_can_be_saved(
    open_as, customer, admin, attach
):
    attach(admin, {"printer.log": LOG, "Größe – 表.zip": b"PK\x05\x06" + b"\0" * 18})

    page = open_as(customer)

    files = page.locator("li.entry.message .files li")
    expect(files).to_contain_text(["printer.log 0.1 kB · LOG", "Größe – 表.zip"])
    with page.expect_download() as saved:
        files.last.get_by_role("button", name="Download").click()
    assert saved.value.suggested_filename == "Größe – 表.zip"
    with page.expect_download() as saved:
        files.first.get_by_role("button", name="Download").click()
    assert saved.value.path().read_bytes() == LOG


def test_a_picture_is_shown_small_beside_its_name(
    open_as, customer, admin, attach, picture
):
    attach(customer, {"screen.png": picture()})

    page = open_as(admin)

    image = page.locator(".entry .files img")
    expect(image).to_have_attribute("alt", "screen.png")
    assert expect_drawn(image) == [1024, 768]


def test_the_attachment_of_a_ticket_is_shown_like_other_files(
    open_as, customer, ticket, picture
):
    page = open_as(customer)
    page.evaluate(
        """([id, content]) => {
          const bytes = Uint8Array.from(content);
          const form = new FormData();
          form.set("attachment", new File([bytes], "plan.png"));
          const { token } = JSON.parse(localStorage.session);
          const headers = { Authorization: `Bearer ${token}` };
          return fetch(`/api/tickets/${id}`, { method: "PATCH", body: form, headers });
        }""",
        [ticket["id"], [*picture(size=(40, 20))]],
    )

    attached = page.locator(".opening .files")
    expect(attached).to_contain_text("plan.png")
    assert expect_drawn(attached.get_by_role("img", name="plan.png")) == [40, 20]


def test_a_preview_that_is_not_made_yet_is_asked_for_again(
    open_as, customer, attach, picture
):
    attach(customer, {"screen.png": picture()})
    page = open_as(customer)
    pending = {"code": "preview_pending", "message": "Not yet."}
    asked = []

    def refuse_twice(route):
        asked.append(route.request.url)
        if len(asked) > 2:
            return route.continue_()
        headers = {"Retry-After": "1"}
        return route.fulfill(status=404, json=pending, headers=headers)

    page.route("**/preview", refuse_twice)
    page.reload()

    expect_drawn(page.locator(".entry .files img"))
    assert len(asked) >= 3


def test_a_picture_without_a_preview_is_a_row_like_others(
    open_as, customer, attach, picture
):
    broken = picture()[:60]
    attach(customer, {"broken.png": broken})

    page = open_as(customer)

    expect(page.locator(".entry .files li")).to_contain_text("broken.png")
    expect(page.locator(".thumbnail")).to_have_count(0, timeout=SOON)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download: broken.png").click()
    assert saved.value.path().read_bytes() == broken


def test_pictures_that_are_far_from_the_screen_are_not_loaded(
    open_as, customer, attach, picture
):
    attach(customer, {"far.png": picture(size=(40, 20))})
    for number in range(30):
        attach(customer, {f"{number}.log": LOG})
    attach(customer, {"near.png": picture("blue", (40, 20))})

    page = open_as(customer)
    expect_drawn(page.get_by_role("img", name="near.png"))
    far = page.get_by_role("img", name="far.png")
    expect(far).not_to_have_attribute("src", IS_BLOB)
    far.scroll_into_view_if_needed()

    expect_drawn(far)


def test_what_was_loaded_of_a_picture_is_given_up_with_its_screen(
    open_as, customer, attach, picture
):
    attach(customer, {"screen.png": picture(size=(40, 20))})
    page = open_as(customer)
    image = page.locator(".entry .files img")
    expect_drawn(image)
    source = image.get_attribute("src")
    assert is_readable(page, source)

    page.get_by_role("link", name="Your requests").click()

    expect(page.get_by_role("heading", name="Your requests")).to_be_visible()
    served.wait_until(lambda: not is_readable(page, source))


def test_the_files_of_a_deleted_note_go_with_it(
    open_as, admin, attach, picture, ticket
):
    page = open_as(admin)
    attach(admin, {"screen.png": picture(), "a.log": LOG}, internal=True)
    note = page.locator(".entry.note")
    expect(note.locator(".files li")).to_have_count(2)

    note.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(note).to_contain_text("Deleted by Ada.")
    expect(page.locator(".files")).to_have_count(0)
    page.reload()
    expect(note).to_contain_text("Deleted by Ada.")
    expect(page.locator(".files")).to_have_count(0)


def test_a_note_with_files_is_not_in_a_customers_page(
    open_as, customer, admin, attach, picture
):
    page = open_as(customer)
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    attach(admin, {"canary.png": picture(), "canary.log": LOG}, internal=True)
    attach(admin, {"shown.log": LOG})

    expect(page.get_by_text("shown.log")).to_be_visible()
    assert "canary" not in page.content()
    assert [url for url in asked if "/files/" in url] == []


def test_a_file_that_is_gone_is_said_to_be(open_as, customer, attach):
    attach(customer, {"a.log": LOG})
    page = open_as(customer)
    gone = {"code": "not_found", "message": "The file is missing."}
    page.route("**/api/files/*", lambda route: route.fulfill(status=404, json=gone))

    page.get_by_role("button", name="Download: a.log").click()

    expect(page.get_by_text("The file is missing.")).to_be_visible()


def test_a_conversation_with_files_is_accessible_and_fits(
    open_as, admin, customer, attach, picture, assert_accessible, assert_fits
):
    long = f"{'a_very_long_name' * 6}.log"
    attach(customer, {"screen.png": picture(), long: LOG, "bill.pdf": PDF})
    attach(admin, {"plan.png": picture("blue")}, internal=True)

    page = open_as(admin)
    for name in ("screen.png", "plan.png"):
        image = page.get_by_role("img", name=name)
        image.scroll_into_view_if_needed()
        expect_drawn(image)

    assert_accessible(page)
    assert_fits(page)
