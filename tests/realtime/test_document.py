"""Socket.IO in the document of the API: whatever there is, is there."""

import pytest

from ticketing.web.extensions import socketio
from ticketing.tickets.events import TicketEvent

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


def test_people_read_of_every_event_and_its_fields(document):
    sent, _, heard = document["info"]["description"].partition("## Events to hear")

    for kind, page in (("sent", sent), ("heard", heard)):
        for name, event in document["x-socketio"][kind].items():
            section = page.partition(f"### `{name}`\n")[2].partition("\n#")[0]
            [payload, *_] = event.get("arguments") or [event["payload"]]
            schema = payload["$ref"].rpartition("/")[2]
            fields = document["components"]["schemas"][schema]["properties"]
            assert fields
            assert all(f"| `{field}`" in section for field in fields), name


def test_it_says_how_an_event_can_be_refused(document):
    sending = document["x-socketio"]["sent"]["message.send"]

    assert {"conversation_moved", "ticket_closed", "invalid"} <= set(sending["errors"])
    assert "`ticket_closed`" in document["info"]["description"]


def test_it_says_how_much_one_may_send(document):
    limits = document["x-socketio"]["limits"]

    assert limits["events of a user"] == "20 per second"
    assert "connections of a user: 10" in document["info"]["description"]
