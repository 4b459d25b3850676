"""Socket.IO's packets: an event that cannot be read is one all the same: answered.

Whatever else makes no sense, or asks for no answer, is no packet.
"""

from typing import Any

from socketio.packet import BINARY_EVENT, CONNECT, DISCONNECT, EVENT, Packet

from ticketing.web.sockets import MALFORMED

MOST_BYTES = 256 * 1024  # in a packet, with its attachments
MOST_ATTACHMENTS = 10
GREATEST_ID = 2**53 - 1  # beyond, JavaScript would not know its own number again
FROM_CLIENTS = (CONNECT, DISCONNECT, EVENT, BINARY_EVENT)  # no ACK: nobody asks for it
OURS = (None, "/")


class MalformedError(ValueError):
    """Nothing that a client may send."""


class StrictPacket(Packet):
    """A packet; an event that is none has the name ``MALFORMED``."""

    def decode(self, encoded_packet: Any) -> int:
        """Read it, and return how many binary attachments are to follow.

        :raises MalformedError: it is no packet, and no event that could be answered.
        """
        if not isinstance(encoded_packet, str):
            raise MalformedError("it is binary, where nothing binary is due")
        try:
            attachments = super().decode(encoded_packet)
            self._check(attachments)
        except ValueError as error:
            if not self._may_be_answered():
                raise MalformedError(str(error)) from error
            self.data, attachments = [MALFORMED], 0
        return attachments

    def add_attachment(self, attachment: Any) -> bool:
        """Take an attachment, and return whether it was the last one.

        :raises MalformedError: it is none, or exceeds what is accepted.
        """
        if not isinstance(attachment, bytes | bytearray):
            raise MalformedError("it is text, where an attachment is due")
        size = sum(map(len, self.attachments), len(attachment))
        if size > MOST_BYTES:
            raise MalformedError("the attachments are too large")
        try:
            return super().add_attachment(attachment)
        except (LookupError, TypeError, RecursionError) as error:
            raise MalformedError("the attachments are not those announced") from error

    def _check(self, attachments: int) -> None:
        if self.packet_type not in FROM_CLIENTS:
            raise ValueError("clients do not send this type")
        if self.packet_type == CONNECT:
            return
        if self.namespace not in OURS:
            raise ValueError("there is no such namespace")
        if self.packet_type == DISCONNECT:
            return
        if not _has_a_name(self.data) or (self.id or 0) > GREATEST_ID:
            raise ValueError("the event has no name, or an impossible number")
        binary = self.packet_type == BINARY_EVENT
        if not binary <= attachments <= binary * MOST_ATTACHMENTS:
            raise ValueError("the number of attachments is impossible")

    def _may_be_answered(self) -> bool:
        event = self.packet_type == EVENT and self.namespace in OURS
        return event and self.id is not None and self.id <= GREATEST_ID


def _has_a_name(data: Any) -> bool:
    return isinstance(data, list) and bool(data) and isinstance(data[0], str)
