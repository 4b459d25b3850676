"""Inputs that break servers, in every event: each is acknowledged once, in words."""

import json

import pytest
from security.hostile import CODES, DEEP, ODD, WRONG

from ticketing.web.extensions import socketio

VALID = {
    "join": {"after": 0, "staff_after": 0},
    "leave": {},
    "typing": {"typing": True},
    "message.send": {"message": "Hm.", "client_id": "a-key-of-mine", "if_last_seq": 0},
    "message.read": {"up_to": 1},
}
FIELDS = [
    (event, field) for event, data in VALID.items() for field in ["ticket_id", *data]
]
PAYLOADS = [
    *(None, True, 0, -1, 2**63, 10**400, 0.5, "", "x" * 100_000, "a\0b", "\ud800"),
    *([], [[]], DEEP, {"": 1}, {"\ud800": 1}, {"x" * 100_000: 1}, {"__class__": {}}),
    *(b"", b"\xff" * 1000, {"ticket_id": {"$gt": 0}}, {"ticket_id": [1, 2]}),
]


@pytest.fixture(autouse=True)
def unlimited(app, monkeypatch):
    monkeypatch.setitem(app.config, "SOCKET_EVENT_LIMIT", "100000 per second")


@pytest.fixture
def emit(live, admin):
    """Send an event as an admin; return the error, if that is the answer."""
    client = live(admin)

    def emit(event, *payload):
        answer = client.emit(event, *payload, callback=True)
        assert list(answer) in (["data"], ["error"])
        error = answer.get("error")
        if error:
            assert error["code"] in set().union(*CODES.values()), error
            assert ("errors" in error) == (error["code"] == "invalid")
            assert "Traceback" not in json.dumps(error)
        assert client.is_connected()
        return error

    return emit


def test_every_event_is_attacked(app):
    events = set(socketio.server.handlers["/"]) - {"connect", "disconnect", "*"}

    assert events == set(VALID)


@pytest.mark.parametrize("event", VALID)
def test_a_payload_of_anything(emit, event):
    for payload in PAYLOADS:
        error = emit(event, payload)

        assert error["code"] == "invalid", repr(payload)[:80]


@pytest.mark.parametrize("event", VALID)
def test_more_than_one_payload_is_refused(emit, event, ticket):
    sound = {"ticket_id": ticket.id, **VALID[event]}

    assert emit(event, sound, {"ticket_id": -1}, None)["code"] == "bad_request"


@pytest.mark.parametrize(("event", "field"), FIELDS)
def test_no_field_takes_what_is_wrong(emit, ticket, event, field):
    for kind, value in WRONG.items():
        if kind == "beyond a float":  # no JSON: see journeys/test_malformed_packets.py
            continue
        error = emit(event, {"ticket_id": ticket.id, **VALID[event], field: value})

        assert error["code"] == "invalid", kind
        assert [name.partition(".")[0] for name in error["errors"]] == [field], kind


@pytest.mark.parametrize(("event", "field"), FIELDS)
def test_no_field_breaks_by_what_is_odd(emit, ticket, event, field):
    for value in [*ODD.values(), b"1"]:
        emit(event, {"ticket_id": ticket.id, **VALID[event], field: value})


@pytest.mark.parametrize("event", VALID)
@pytest.mark.parametrize(
    "name", ["user_id", "actor_id", "role", "sid", "room", "x" * 99]
)
def test_no_event_takes_a_field_it_does_not_know(emit, ticket, event, name):
    error = emit(event, {"ticket_id": ticket.id, **VALID[event], name: 1})

    assert list(error["errors"]) == [name]


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1])
@pytest.mark.parametrize("event", ["join", "typing", "message.send", "message.read"])
def test_there_is_no_such_ticket(emit, event, number):
    error = emit(event, {"ticket_id": number, **VALID[event]})

    assert error["code"] == ("not_found" if number > 0 else "invalid")
