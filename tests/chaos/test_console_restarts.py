"""People use the console while its processes are restarted in turns behind nginx."""

import json
import re
from threading import Thread

import pytest
import served
from served import register

expect = pytest.importorskip("playwright.sync_api").expect

WIDE = {"width": 1400, "height": 900}
SETTLED_MS = 30_000
KINDS = ":is(.message, .comment, .note):not(.waiting)"
TEXTS = f"""(log) => [...log.querySelectorAll("{KINDS} .text")]
  .map((text) => text.textContent)"""


def open_console(chromium, user, path):
    """Open a path of the console in a browser of its own, signed in."""
    session = {"token": user.token, "user": user.user, "refreshAt": 2**53 - 1}
    entry = {"name": "session", "value": json.dumps(session)}
    origin = {"origin": user.url, "localStorage": [entry]}
    state = {"cookies": [], "origins": [origin]}
    page = chromium.new_context(storage_state=state, viewport=WIDE).new_page()
    page.goto(f"{user.url}/console/{path}")
    expect(page.get_by_role("log")).to_be_visible(timeout=SETTLED_MS)
    return page


def restart(servers, times):
    """Restart processes in turns."""
    for number in range(times):
        server = servers[number % len(servers)]
        server.terminate()
        server.start()


def write(page, kind, text):
    """Write and send as a person does: what comes back into the box is sent again."""
    if kind == "note":
        page.get_by_label("Internal note", exact=True).first.check()
    box = page.locator("textarea[name=text]")
    box.fill(text)
    page.locator(".composer .primary").click()


def insist(page, text):
    """Wait until a text is shown; send it again when it comes back into the box.

    It does when the other side has written meanwhile, or a process has ended.
    """
    box = page.locator("textarea[name=text]")
    for _ in range(120):
        if text in shown(page):
            return
        if box.input_value() == text:
            again = page.get_by_role("button", name="Send anyway")
            button = again if again.count() else page.locator(".composer .primary")
            button.first.click()
        page.wait_for_timeout(250)
    pytest.fail(f"{text} is never shown")


def shown(page):
    """Return the texts of a conversation as a screen shows them."""
    return page.get_by_role("log").evaluate(TEXTS)


def test_restarts_in_turns_lose_and_double_nothing_on_any_screen(
    tmp_path, deploy, redis, chromium, full, tell
):
    rounds = 6 if full else 2
    settings = {"REDIS_URL": redis.url, "TRUSTED_PROXIES": "1"}
    (tmp_path / "nginx").mkdir()
    with deploy(2, **settings) as servers:
        ports = [server.port for server in servers]
        with served.fronted(tmp_path / "nginx", *ports, sticky=False) as front:
            front.root = servers[0].root.at(front)
            carla = register(front, "Carla")
            ada, bob = (register(front, name, "admin") for name in ("Ada", "Bob"))
            ticket = served.open_ticket(front, carla)
            path = f"tickets/{ticket['id']}"
            screens = {
                "Carla": open_console(chromium, carla, path),
                "Ada": open_console(chromium, ada, f"queue/all/{ticket['id']}"),
                "Bob": open_console(chromium, bob, path),
            }
            kinds = {"Carla": "reply", "Ada": "reply", "Bob": "note"}

            said = {name: [] for name in screens}
            restarting = Thread(target=restart, args=(servers, rounds))
            restarting.start()
            while restarting.is_alive() or len(said["Ada"]) < 4:
                for name, page in screens.items():
                    said[name].append(f"{name} {len(said[name])}")
                    write(page, kinds[name], said[name][-1])
                    page.wait_for_timeout(300)
                for name, page in screens.items():
                    insist(page, said[name][-1])
            restarting.join()
            for name, page in screens.items():
                for writer in ("Carla", "Ada", "Bob")[: 2 if name == "Carla" else 3]:
                    expect(page.get_by_role("log")).to_contain_text(
                        said[writer][-1], timeout=SETTLED_MS
                    )
                expect(page.locator(".waiting")).to_have_count(0, timeout=SETTLED_MS)
            messages = ada.get(f"/tickets/{ticket['id']}/messages?limit=100")["data"]
            stored = [message["message"] for message in messages]
            notes = said["Bob"]

            tell(restarts=rounds, messages=len(stored), notes=len(notes))
            assert sorted(stored) == sorted(said["Carla"] + said["Ada"])
            for name in ("Carla", "Ada"):
                assert [text for text in stored if name in text] == said[name]
            assert shown(screens["Carla"]) == stored
            for name in ("Ada", "Bob"):
                texts = shown(screens[name])
                assert [text for text in texts if "Bob" not in text] == stored
                assert [text for text in texts if "Bob" in text] == notes
            excerpt = screens["Ada"].locator(".row.open .excerpt")
            expect(excerpt).to_contain_text(stored[-1], timeout=SETTLED_MS)
            expect(screens["Carla"].locator("body")).not_to_contain_text(
                re.compile("Bob|note", re.IGNORECASE)
            )
