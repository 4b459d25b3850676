"""Socket.IO's packets: an event that cannot be read is one all the same: answered."""

from typing import Any

from socketio.packet import EVENT, Packet

from ticketing.core.live import MALFORMED


class StrictPacket(Packet):
    """A packet; an event that is none has the name ``MALFORMED``."""

    def decode(self, encoded_packet: Any) -> int:
        """Read it, and return how many binary attachments are to follow.

        :raises ValueError: it is malformed, and no event.
        """
        try:
            attachments = super().decode(encoded_packet)
        except ValueError:
            if self.packet_type != EVENT:
                raise
            attachments = 0
            self.data = None
        if self.packet_type == EVENT and not _has_a_name(self.data):
            self.data = [MALFORMED]
        return attachments


def _has_a_name(data: Any) -> bool:
    return isinstance(data, list) and bool(data) and isinstance(data[0], str)
