"""What is written with files: added, uploaded, sent."""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api").expect
SOON = 30_000  # milliseconds in which a connection comes back, or a preview is made
IS_BLOB = re.compile("^blob:")
LOG = {"name": "log.txt", "mimeType": "text/plain", "buffer": b"12:00 Paper jam"}


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


def expect_drawn(image):
    """Wait until an image is drawn; return its sides."""
    expect(image).to_have_attribute("src", IS_BLOB, timeout=SOON)
    return image.evaluate("""async (image) => {
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    }""")


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
