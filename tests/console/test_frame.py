"""What surrounds every screen of the console."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


def test_who_is_signed_in_is_said_and_leads_to_their_settings(console, customer):
    page = console(customer, "tickets")

    page.get_by_role("link", name="Carla").click()

    expect(page).to_have_url(f"{customer.url}/console/me")


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_what_surrounds_a_screen_is_accessible_and_fits(
    request, console, who, assert_accessible, assert_fits
):
    page = console(request.getfixturevalue(who))

    expect(page.get_by_role("heading", level=1)).to_be_visible()

    assert_accessible(page)
    assert_fits(page)


def test_a_dialog_gives_the_focus_back(console, admin):
    page = console(admin, "queue/all")
    link = page.get_by_role("link", name="Ada", exact=True)
    link.focus()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(link).to_be_focused()


WHEN_THERE = """() => { window.opened = new Promise((answer) => {
  new MutationObserver(() => {
    const dialog = document.querySelector("dialog");
    if (dialog) answer(dialog.open);
  }).observe(document.body, { childList: true, subtree: true });
}); }"""


def test_a_dialog_is_open_as_soon_as_it_is_there(console, admin):
    page = console(admin, "categories")
    button = page.get_by_role("button", name="Add a category")
    expect(button).to_be_visible()
    page.evaluate(WHEN_THERE)

    button.press("Enter")

    # Else a key that is pressed at once goes to the button.
    assert page.evaluate("window.opened")


def test_a_dialog_asks_once_for_each_escape_before_what_was_typed_is_lost(
    console, admin
):
    page = console(admin, "categories")
    asked = []
    page.on("dialog", lambda question: (asked.append(question), question.dismiss()))
    page.get_by_role("button", name="Add a category").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Printers")

    for count in (1, 2, 3):
        page.keyboard.press("Escape")
        page.wait_for_timeout(200)
        assert len(asked) == count

    expect(dialog.get_by_label("Name")).to_have_value("Printers")
