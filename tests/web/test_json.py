"""JSON, as HTTP and Socket.IO write it."""

import pytest
from socketio.packet import EVENT

from ticketing.web import json
from ticketing.web.extensions import socketio

TEXT = "프린터 🔥 é"


def test_a_packet_of_socket_io_is_written_in_utf_8(app):
    packet = socketio.server.packet_class(EVENT, data=["message.sent", TEXT])

    assert packet.encode() == f'2["message.sent","{TEXT}"]'


@pytest.mark.parametrize("value", ["\ud83d", {"\udc00": ["\ud800é"]}])
def test_half_a_surrogate_pair_is_escaped(value):
    text = json.dumps(value)

    assert text.encode()
    assert json.loads(text) == value


@pytest.mark.parametrize("value", [float("nan"), [float("inf")]])
def test_a_number_that_json_cannot_spell_is_refused(value):
    with pytest.raises(ValueError):
        json.dumps(value)


@pytest.mark.parametrize("value", [TEXT, {"\ud83d": 1}])
def test_the_application_writes_the_same_json(app, value):
    assert app.json.dumps(value) == json.dumps(value)


def test_the_application_writes_no_number_that_json_cannot_spell(app):
    with pytest.raises(ValueError):
        app.json.dumps({"data": float("nan")})
