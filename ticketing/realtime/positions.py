"""How far the rooms of this process have been told of their streams.

An emission from another process can get lost on its way; the log cannot. Rooms that
stay behind it are told where their stream stands.
"""

from collections.abc import Mapping
from threading import Lock

from ticketing.web.extensions import socketio
from ticketing.realtime.rooms import room_for
from ticketing.history.models import Stream

Place = tuple[int, Stream]

_told: dict[Place, int] = {}
_behind: dict[Place, int] = {}
_lock = Lock()


def follow(ticket_id: int, stream: Stream, seq: int) -> None:
    """Note that a socket has entered a room, and knows its stream up to ``seq``.

    Of several, the one who knows least counts.
    """
    with _lock:
        place = (ticket_id, stream)
        _told[place] = min(seq, _told.get(place, seq))


def note(ticket_id: int, stream: Stream, seq: int) -> None:
    """Note that a room has been told the entry numbered ``seq``."""
    with _lock:
        place = (ticket_id, stream)
        if place in _told:
            _told[place] = max(_told[place], seq)


def followed() -> set[int]:
    """Return the tickets with a socket in a room here, and forget the others."""
    rooms = socketio.server.manager.rooms.get("/", {})
    with _lock:
        for place in [place for place in _told if room_for(*place) not in rooms]:
            del _told[place]
            _behind.pop(place, None)
        return {ticket_id for ticket_id, _ in _told}


def missed(latest: Mapping[Place, int]) -> dict[Place, int]:
    """Return which rooms are behind, as they were the last time, and of what.

    :param latest: the number of the newest entry of each stream. What is only just
        on its way is not yet missed.
    """
    with _lock:
        late = {
            place: seq for place, seq in latest.items() if seq > _told.get(place, seq)
        }
        lost = {
            place: seq
            for place, seq in late.items()
            if _told[place] < _behind.get(place, 0)
        }
        _behind.clear()
        _behind.update({place: late[place] for place in late.keys() - lost.keys()})
        _told.update(lost)
        return lost
