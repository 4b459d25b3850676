"""A page goes on when its service is replaced by one of another version."""

import re
import shutil
from pathlib import Path

import pytest
import served
from console.desk import open_tickets, queue_of, row, rows
from served import PYTHON, Process, register

expect = pytest.importorskip("playwright.sync_api").expect

NEEDED = ("ticketing", "migrations", "wsgi.py", "config.py")


def demo(cwd: Path, directory: Path, port: int) -> Process:
    """Return ``python wsgi.py`` in a folder, not started yet, on a database."""
    settings = {
        "DATABASE_URL": f"sqlite:///{directory / 'ticketing.db'}",
        "SECRET_KEY": "the same for both versions " * 2,
    }
    process = Process([*PYTHON, "wsgi.py"], settings, directory, port)
    process.cwd = cwd
    return process


@pytest.fixture(scope="module")
def newer(tmp_path_factory) -> Path:
    """A copy of the program whose style sheet and whose app.js differ."""
    copy = tmp_path_factory.mktemp("newer")
    for name in NEEDED:
        source = served.ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
    for file in ("console.css", "app.js"):
        path = copy / "ticketing" / "console" / file
        path.write_text(f"{path.read_text()}\n/* Another version. */\n")
    return copy


def sign_in(page, user):
    page.get_by_label("Email").fill(user.user["email"])
    page.get_by_label("Password", exact=True).fill(served.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def version_of(page):
    return re.search(r"/console/-/(\w+)/app.js", page.content()).group(1)


def test_a_page_goes_on_with_a_service_of_another_version(tmp_path, newer, browse):
    port = served.free_port()
    old, new = demo(served.ROOT, tmp_path, port), demo(newer, tmp_path, port)
    with served.running(old):
        old.root = old.login("admin@example.com", "password")
        customer = register(old, "Carla")
        admin = register(old, "Ada", "admin")
        desk = open_tickets(old, customer, "First", "Second")
        page = browse(
            f"{old.url}/console/{queue_of(desk[0])}",
            viewport={"width": 1400, "height": 900},
        )
        sign_in(page, admin)
        expect(rows(page)).to_have_count(2)
        version = version_of(page)

    with served.running(new):
        customer.say(desk[0], "Are you there?")

        expect(row(page, "First")).to_contain_text("Are you there?", timeout=20_000)
        row(page, "First").click()
        page.get_by_label("Message", exact=True).fill("I am.")
        page.get_by_role("button", name="Send to Carla").click()
        expect(page.get_by_role("log")).to_contain_text("I am.")
        expect(page.locator(".waiting")).to_have_count(0)
        page.get_by_role("link", name="Unassigned").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Unassigned")
        assert version_of(page) == version
        messages = customer.get(f"/tickets/{desk[0]['id']}/messages")["data"]
        assert [m["message"] for m in messages] == ["Are you there?", "I am."]

        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("Unassigned")
        assert version_of(page) != version
