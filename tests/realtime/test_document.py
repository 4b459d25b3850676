"""Socket.IO in the OpenAPI document, which is complete."""

import json
import subprocess
import sys

import pytest

from ticketing import create_app
from ticketing.tickets.events import TicketEvent
from ticketing.web.extensions import socketio
from ticketing.web.sockets import SERVER_EVENTS

# They are no client's to send, or stand for all that are none of ours.
OF_THE_SERVER = {"connect", "disconnect", "*"}


@pytest.fixture
def document(anyone):
    return anyone.get("/openapi.json").json


def test_every_event_that_is_handled_is_documented(document):
    handled = set(socketio.server.handlers["/"]) - OF_THE_SERVER

    assert set(document["x-socketio"]["sent"]) == handled


def test_every_event_of_a_ticket_is_documented(document):
    logged = {kind.name for kind in TicketEvent.__subclasses__()}

    assert len(logged) > 6
    assert logged <= set(document["x-socketio"]["heard"])


def test_the_description_lists_every_event_and_its_fields(document):
    sent, _, received = document["info"]["description"].partition(
        "## Events to receive"
    )

    for kind, page in (("sent", sent), ("heard", received)):
        for name, event in document["x-socketio"][kind].items():
            section = page.partition(f"### `{name}`\n")[2].partition("\n#")[0]
            for payload in event.get("arguments") or [event["payload"], event["data"]]:
                schema = payload["$ref"].rpartition("/")[2]
                assert f"`{schema}`" in section, name
                assert "properties" in document["components"]["schemas"][schema]


def test_the_document_lists_the_errors_of_each_socket_event(document):
    sending = document["x-socketio"]["sent"]["message.send"]

    assert {"conversation_moved", "ticket_closed", "invalid"} <= set(sending["errors"])
    assert "`ticket_closed`" in document["info"]["description"]


def test_the_document_states_the_limits_of_sockets(document):
    limits = document["x-socketio"]["limits"]

    assert limits["events of a user"] == "20 per second"
    assert "connections of a user: 10" in document["info"]["description"]


# A process of its own: what has been imported once cannot be missing any more.
REVERSED = """
import json, sys
import ticketing
ticketing.PARTS = ticketing.PARTS[::-1]
app = ticketing.create_app(json.loads(sys.argv[1]))
print(app.test_client().get("/openapi.json").text)
"""


@pytest.mark.slow
def test_the_order_of_parts_does_not_change_the_document(settings, document):
    plain = {
        key: value
        for key, value in settings.items()
        if isinstance(value, str | int | float | bool | list | None)
    }
    done = subprocess.run(
        [sys.executable, "-c", REVERSED, json.dumps(plain)],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    reversed_document = json.loads(done.stdout)
    for kind in ("sent", "heard"):
        found = reversed_document["x-socketio"][kind]
        assert found == document["x-socketio"][kind]
    assert reversed_document["paths"] == document["paths"]


def test_an_event_that_is_not_declared_is_refused_at_start(settings, monkeypatch):
    monkeypatch.delitem(SERVER_EVENTS, "message.read")

    with pytest.raises(RuntimeError, match=r"declare .message\.read."):
        create_app(settings)
