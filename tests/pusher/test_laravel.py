"""The page of the Laravel system, byte for byte, with laravel-echo and pusher-js."""

import pytest
import served
from laravel import LaravelPage
from served import JavaScriptClient, open_ticket, register

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def node():
    """Skip without Node's packages, of which the page is made."""
    served.require_node()


@pytest.fixture
def open_page(server, ticket, tmp_path):
    """Open the page as a user."""
    pages = []

    def open_page(who):
        directory = tmp_path / str(len(pages))
        directory.mkdir()
        pages.append(LaravelPage(directory, server, who, ticket))
        return pages[-1]

    yield open_page
    for page in pages:
        page.__exit__()


def test_the_page_hears_a_message(server, open_page, customer, ticket):
    page = open_page(customer).subscribed()

    said = server.root.say(ticket, "Unplug it. ✂")

    [heard] = page.wait_for("New message:")
    event = heard.pop("event")
    assert heard == said
    assert event["name"] == "message.sent" and event["ticket_id"] == ticket["id"]


def test_the_page_of_a_stranger_is_refused(server, open_page, ticket):
    page = open_page(register(server, "Sam"))

    page.run(f"{page.channel}.error((why) => print('refused', why))")

    [refusal] = page.wait_for("refused")
    assert (refusal["type"], refusal["status"]) == ("AuthError", 403)
    server.root.say(ticket, "Unplug it.")
    assert page.hears_nothing(1)


def test_pages_and_sockets_hear_who_types(server, open_page, customer, ticket):
    hers, his = open_page(customer).subscribed(), open_page(server.root).subscribed()
    his.run(f"{his.channel}.listenForWhisper('typing', (e) => print('typing', e))")
    hers.run(f"{hers.channel}.listenForWhisper('typing', (e) => print('typing', e))")
    native = JavaScriptClient(server.url, server.root.token, "websocket")
    native.wait_for("connect")
    native.join(ticket)

    hers.run(f"{hers.channel}.whisper('typing', {{ name: 'Mallory' }})")

    [heard] = his.wait_for("typing")
    assert heard["user"]["id"] == customer.user["id"] and heard["typing"] is True
    assert native.hear("typing") == [heard]
    native.emit("typing", {"ticket_id": ticket["id"], "typing": False})
    [heard] = hers.wait_for("typing")
    assert heard["user"]["id"] == server.root.user["id"] and heard["typing"] is False
    native.close()


def test_a_page_that_left_hears_nothing_and_may_come_back(
    server, open_page, customer, ticket
):
    page = open_page(customer).subscribed()

    page.run(f"Echo.leave('ticket.{ticket['id']}')")
    assert page.hears_nothing(0.5)
    server.root.say(ticket, "Unplug it.")

    assert page.hears_nothing(1)
    page.run(f"{page.channel}.listen('.message.sent', (e) => print('again', e))")
    page.subscribed()
    server.root.say(ticket, "Done?")
    [heard] = page.wait_for("again")
    assert heard["message"] == "Done?"


def test_a_page_reconnects_and_hears_again(server, open_page, customer, ticket):
    page = open_page(customer).subscribed()

    page.run("connection = Echo.connector.pusher.connection")
    page.run("connection.connection.close()")

    page.wait_for("state", "connected")
    page.subscribed()
    server.root.say(ticket, "Unplug it.")
    [heard] = page.wait_for("New message:")
    assert heard["message"] == "Unplug it."


def test_a_page_with_thirty_channels_subscribes_them_all(server, open_page, ticket):
    ids = [open_ticket(server, server.root)["id"] for _ in range(30)]
    page = open_page(server.root).subscribed()

    page.run(
        f"for (const id of {ids}) "
        "Echo.private(`ticket.${id}`).subscribed(() => print('also', id))"
        ".error((why) => print('also', why))"
    )

    assert sorted(page.wait_for("also")[0] for _ in ids) == ids
