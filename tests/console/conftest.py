"""The service, and its console in Chromium, signed in as one of its users."""

import json
import re
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import served
from PIL import Image
from served import Caller, Process, open_ticket, register

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(served.JAVASCRIPT, "node_modules", "axe-core", "axe.min.js")
RUN_AXE = """axe.run().then(({ violations }) => violations.map(({ id, nodes }) =>
  [id, ...nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)]))"""
NARROW = {"width": 320, "height": 640}  # CSS pixels
TOO_WIDE = """["html", "main", "dialog"].filter((name) => {
  const element = document.querySelector(name);
  return element && element.scrollWidth > element.clientWidth;
})"""


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Process]:
    """``python wsgi.py``, in whose log no traceback is left; ``root`` is an admin."""
    with served.serving_demo(tmp_path_factory.mktemp("console")) as process:
        yield process
        assert "Traceback" not in process.log.read_text()


@pytest.fixture
def customer(server) -> Caller:
    """A customer."""
    return register(server, "Carla")


@pytest.fixture
def admin(server) -> Caller:
    """An admin."""
    return register(server, "Ada", "admin")


@pytest.fixture
def colleague(server) -> Caller:
    """Another admin."""
    return register(server, "Bob", "admin")


@pytest.fixture
def ticket(server, customer) -> dict:
    """A ticket of the customer's, in a category of its own."""
    return open_ticket(server, customer)


@pytest.fixture
def set_up(server) -> Iterator[Callable[..., dict]]:
    """Create one of the admins' resources at a path; it is gone after the test.

    It is for the tickets of one test: what it does to others would be seen there.
    """
    created = []

    def set_up(path: str, **fields) -> dict:
        resource = server.root.post(path, fields)
        created.append(f"{path}/{resource['id']}")
        return resource

    yield set_up
    for path in reversed(created):
        server.root.request("DELETE", path)


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """Make a picture of one colour, as PNG."""

    def picture(colour: str = "red", size: tuple[int, int] = (1600, 1200)) -> bytes:
        stream = BytesIO()
        Image.new("RGB", size, colour).save(stream, "PNG")
        return stream.getvalue()

    return picture


@pytest.fixture
def open_as(console, ticket) -> Callable[..., "Page"]:
    """Open the ticket as a user; return the page when its entries are there."""
    from playwright.sync_api import expect

    def open_as(user: Caller, **options) -> "Page":
        page = console(user, f"tickets/{ticket['id']}", **options)
        expect(page.locator(".log:not([aria-busy])")).to_be_visible()
        return page

    return open_as


@pytest.fixture
def chat(open_as, customer) -> "Page":
    """The ticket, opened by its customer."""
    return open_as(customer)


@pytest.fixture
def desk(open_as, admin) -> "Page":
    """The ticket, opened by an admin."""
    return open_as(admin)


@pytest.fixture
def attach(ticket) -> Callable[..., dict]:
    """Send a message with files, or add an internal note, as a user; return it.

    :param files: the contents by the names.
    """

    def attach(user: Caller, files: dict[str, bytes], internal: bool = False) -> dict:
        path = f"/tickets/{ticket['id']}"
        ids = [user.upload(f"{path}/files", *each)["id"] for each in files.items()]
        if internal:
            return user.post(f"{path}/comments", {"file_ids": ids, "internal": True})
        return user.post(f"{path}/messages", {"file_ids": ids})

    return attach


@pytest.fixture
def mailed(server) -> Callable[..., str]:
    """Wait for links to a page that are mailed to an address; return the last one."""

    def links(address: str, page: str) -> Iterator[str]:
        for path in sorted(Path(server.log.parent, "mail").glob("*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            if address in mail["To"]:
                text = mail.get_body(("plain",)).get_content()
                yield from re.findall(rf"http\S+/console/{page}#\S+", text)

    def mailed(address: str, page: str, count: int = 1) -> str:
        deadline = time.monotonic() + served.PATIENCE
        while len(found := [*links(address, page)]) < count:
            assert time.monotonic() < deadline, f"no link to {page} for {address}"
            time.sleep(0.05)
        return found[-1]

    return mailed


@pytest.fixture
def console(server, browse) -> Callable[..., "Page"]:
    """Open a path below ``/console/`` as a user, or as nobody (None); return the page.

    Further arguments are those of ``Browser.new_context``.
    """

    def console(user: Caller | None, path: str = "", **options) -> "Page":
        storage = _signed_in(user) if user else None
        url = f"{server.url}/console/{path}"
        return browse(url, storage_state=storage, **options)

    return console


def _signed_in(user: Caller) -> dict:
    """Return the storage of a browser in which a user is signed in."""
    session = {
        "token": user.token,
        "user": user.user,
        "refreshAt": 2**53 - 1,  # never
        "isShared": False,
    }
    entry = {"name": "session", "value": json.dumps(session)}
    return {"cookies": [], "origins": [{"origin": user.url, "localStorage": [entry]}]}


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[["Page"], None]:
    """Check that axe finds nothing wrong with a page, in light and in dark."""
    if not AXE.is_file():
        served.lacking("axe-core is not installed: npm ci --prefix tests/js")

    def assert_accessible(page: "Page") -> None:
        page.evaluate(AXE.read_text())
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(RUN_AXE) == [], scheme

    return assert_accessible


@pytest.fixture(scope="session")
def assert_fits() -> Callable[["Page"], None]:
    """Check that a page does not scroll sideways at 320 px, from either direction."""

    def assert_fits(page: "Page") -> None:
        before = page.viewport_size
        page.set_viewport_size(NARROW)
        for direction in ("rtl", "ltr"):
            page.evaluate("(direction) => { document.dir = direction; }", direction)
            assert page.evaluate(TOO_WIDE) == [], direction
        page.set_viewport_size(before)

    return assert_fits
