"""Changes to python-socketio 5.18: limits of packets, and rooms under threads.

The library has no option for any of this. Each change names the upstream file that it
depends on and the fault it corrects; ``tests/realtime/test_engineio_patches.py`` and
``test_rooms.py`` show each fault if the change has no effect.
"""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from threading import RLock
from typing import Any, NamedTuple

from socketio.manager import Manager
from socketio.packet import BINARY_ACK, Packet

from ticketing.realtime.websockets import MAX_PACKET_BYTES

MAX_ATTACHMENTS = 10  # of a packet


class LimitedPacket(Packet):
    """A Socket.IO packet and its attachments.

    socketio/packet.py: accepts 10^10 attachments, each of any size, and values that
    are no packet (``true`` is taken for DISCONNECT).
    """

    def decode(self, encoded_packet: Any) -> int:
        """Decode a packet; return how many attachments follow.

        :raises ValueError: it is no packet, or has too many attachments.
        """
        if not isinstance(encoded_packet, str):
            raise ValueError("it is no packet")
        attachments = int(super().decode(encoded_packet))
        if attachments > MAX_ATTACHMENTS or self.packet_type == BINARY_ACK:
            raise ValueError("no attachments are expected")
        return attachments

    def add_attachment(self, attachment: bytes) -> bool:
        """Add an attachment; return whether it was the last one.

        :raises ValueError: it is text, or too large.
        """
        if not isinstance(attachment, bytes | bytearray):
            raise ValueError("it is text instead of an attachment")
        if sum(map(len, self.attachments), len(attachment)) > MAX_PACKET_BYTES:
            raise ValueError("the attachments are too large")
        return bool(super().add_attachment(attachment))


class Emission(NamedTuple):
    """An event that is being emitted, and to which rooms."""

    event: str
    data: Any
    rooms: tuple[str, ...]


# Set while an event is being emitted: its packets do not know their rooms.
emission: ContextVar[Emission] = ContextVar("emission")


class LockedManager(Manager):
    """Rooms that one thread at a time reads or changes.

    socketio/base_manager.py: looks, then acts. Under threads, an empty room was
    deleted together with a client who had just entered it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lock = RLock()

    def emit(
        self, event: str, data: Any, namespace: str, room: Any = None, **options: Any
    ) -> None:
        """Emit to a room or several; ``emission`` holds which, meanwhile."""
        rooms = (room,) if isinstance(room, str) else tuple(room or ())
        emission.set(Emission(event, data, rooms))
        super().emit(event, data, namespace, room=room, **options)

    def get_participants(self, *args: Any) -> Iterator[tuple[str, str]]:
        """Return who is in a room, or in several, now."""
        with self._lock:
            return iter(list(super().get_participants(*args)))

    def basic_enter_room(
        self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None
    ) -> None:
        """Add a client to a room, unless it has disconnected."""
        with self._lock:
            if eio_sid or self.eio_sid_from_sid(sid, namespace):
                super().basic_enter_room(sid, namespace, room, eio_sid)


def _locked(name: str) -> Callable[..., Any]:
    def method(self: LockedManager, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            return getattr(super(LockedManager, self), name)(*args, **kwargs)

    return method


for _name in (
    *("pre_connect", "connect", "is_pre_connected", "is_connected"),
    *("pre_disconnect", "basic_disconnect", "basic_leave_room"),
):
    setattr(LockedManager, _name, _locked(_name))
