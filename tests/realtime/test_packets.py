"""What is a packet of Socket.IO, what is answered as malformed, and what is neither."""

import pytest

from ticketing.web.sockets import MALFORMED
from ticketing.realtime.packets import MOST_BYTES, MalformedError, StrictPacket


@pytest.mark.parametrize(
    ("encoded", "data"),
    [
        ('0{"token": "t"}', {"token": "t"}),
        ("1", None),
        ('2["join", {}]', ["join", {}]),
        ('27["join", {}]', ["join", {}]),
    ],
)
def test_a_packet(encoded, data):
    assert StrictPacket(encoded_packet=encoded).data == data


@pytest.mark.parametrize("encoded", ["27", "27{}", "27[]", "27[7]", '27["join",'])
def test_an_event_that_can_be_answered_is(encoded):
    packet = StrictPacket(encoded_packet=encoded)

    assert (packet.id, packet.data) == (7, [MALFORMED])


@pytest.mark.parametrize(
    "encoded",
    [
        *("2", "2[]", "2{", "9", '3["ack"]', '37["ack"]', "4", "x"),
        *('2/other,7["join"]', f'2{2**53}["join"]', '50-["join"]', '599-7["join"]'),
        b"2",
    ],
)
def test_all_else_is_malformed(encoded):
    with pytest.raises(MalformedError):
        StrictPacket(encoded_packet=encoded)


def test_an_attachment_is_taken():
    packet = StrictPacket(encoded_packet='51-["a",{"_placeholder":true,"num":0}]')

    assert packet.add_attachment(b"bytes") is True
    assert packet.data == ["a", b"bytes"]


@pytest.mark.parametrize("attachment", ["text", b"x" * (MOST_BYTES + 1)])
def test_an_attachment_is_bytes_and_not_too_many(attachment):
    packet = StrictPacket(encoded_packet='51-["a",{"_placeholder":true,"num":0}]')

    with pytest.raises(MalformedError):
        packet.add_attachment(attachment)


def test_an_attachment_is_one_of_those_announced():
    packet = StrictPacket(encoded_packet='51-["a",{"_placeholder":true,"num":5}]')

    with pytest.raises(MalformedError):
        packet.add_attachment(b"bytes")
