"""The page of the Laravel system, byte for byte, in Chromium."""

import json

import pytest
import served
from laravel import SOURCES, environment
from served import JAVASCRIPT, open_ticket, register

pytestmark = pytest.mark.slow

PATIENCE_MS = 20_000
MODULES = JAVASCRIPT / "node_modules"
HTML = """<!doctype html><title>Laravel</title>
<script type="importmap">{"imports": {
  "laravel-echo": "/laravel/laravel-echo.js", "pusher-js": "/laravel/pusher.js"
}}</script>
<script type="module" src="/laravel/echo.js"></script>
<script type="module" src="/laravel/page.js"></script>
"""
# A bundler does this to modules that are not of ECMAScript.
BUNDLED = "const module = { exports: {} }, exports = {};\n%s\nexport default "
BUNDLED += "module.exports"
SUBSCRIBED = "Echo?.connector.channels['private-ticket.%d']?.subscription.subscribed"


@pytest.fixture(scope="module", autouse=True)
def node():
    """Skip without Node's packages, of which the page is made."""
    served.require_node()


@pytest.fixture
def ticket(server):
    return open_ticket(server, server.root)


@pytest.fixture
def open_page(server, browse, ticket):
    """Open the page as a user, on the origin of the service; it has subscribed."""

    def open_page(who):
        given = environment(server, who, ticket)
        pusher = (MODULES / "pusher-js/dist/web/pusher.js").read_text()
        files = {
            "": HTML,
            "echo.js": f"{given}\n{(SOURCES / 'echo.js').read_text()}",
            "page.js": f"{given}\n{(SOURCES / 'page.js').read_text()}",
            "laravel-echo.js": (MODULES / "laravel-echo/dist/echo.js").read_text(),
            "pusher.js": BUNDLED % pusher,
        }

        def answer(route):
            name = route.request.url.rpartition("/")[2]
            kind = "text/javascript" if name else "text/html"
            route.fulfill(body=files[name], content_type=kind)

        # A page that playwright answers for is not on the loopback network.
        allowed = ["local-network-access"]
        page = browse(f"{server.url}/healthz", permissions=allowed)
        page.context.route(f"{server.url}/laravel/*", answer)
        page.goto(f"{server.url}/laravel/")
        page.wait_for_function(SUBSCRIBED % ticket["id"], timeout=PATIENCE_MS)
        return page

    return open_page


def test_the_page_hears_a_message(server, open_page, ticket):
    page = open_page(server.root)

    with page.expect_console_message(timeout=PATIENCE_MS) as logged:
        said = server.root.say(ticket, "Unplug it. ✂")

    text, heard = [each.json_value() for each in logged.value.args]
    assert text == "New message:"
    assert heard.pop("event")["name"] == "message.sent"
    assert heard == said


def test_pages_hear_who_types_and_come_back_when_cut_off(server, open_page, ticket):
    ada = register(server, "Ada", "admin")
    hers, his = open_page(ada), open_page(server.root)
    channel = f"Echo.private('ticket.{ticket['id']}')"
    his.evaluate(f"{channel}.listenForWhisper('typing', (e) => console.log(e))")
    his.evaluate(
        f"""new Promise((done) => {{
          {channel}.subscribed(done);
          Echo.connector.pusher.connection.connection.close();
        }})"""
    )

    with his.expect_console_message(timeout=PATIENCE_MS) as logged:
        hers.evaluate(f"{channel}.whisper('typing', {json.dumps({'typing': True})})")

    [heard] = [each.json_value() for each in logged.value.args]
    assert heard["user"]["id"] == ada.user["id"] and heard["typing"] is True
