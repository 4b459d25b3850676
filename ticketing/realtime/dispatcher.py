"""Emit the entries of the logs of tickets to the sockets of this process.

It keeps the position of each room in its stream. When a stream has grown, it emits the
entries after the position, in the order of the log. Numbers are given under a lock on
the ticket and become visible with the commit: if an entry can be read, all earlier
ones can be read as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

from flask import current_app
from marshmallow import fields

from ticketing.history.models import Stream
from ticketing.history.service import last_seqs, read_log
from ticketing.realtime.rooms import has_members, lobby_of, ticket_room
from ticketing.web.extensions import socketio
from ticketing.web.fields import OnlyIfTrue
from ticketing.web.schemas import ResponseSchema
from ticketing.web.sockets import server_event

LOBBY_EVENTS = {"ticket.created", "ticket.updated"}
MAX_ENTRIES_BEHIND = 100  # a room that is further behind is sent ``sync`` instead

StreamKey = tuple[int, Stream]  # the ticket's id, and which of its streams
SerializedEntry = Mapping[str, Any]  # as ``EntrySchema`` dumps it


class Growth(NamedTuple):
    """A new entry of a ticket's stream, as processes notify each other of it.

    :ivar name: of the event.
    :ivar owner_id: the ticket's user.
    """

    ticket_id: int
    stream: Stream
    seq: int
    name: str
    owner_id: int


class SyncSchema(ResponseSchema):
    """The last number of a ticket's stream; ``internal`` for the staff stream."""

    optional = frozenset({"internal"})

    ticket_id = fields.Integer()
    last_seq = fields.Integer()
    internal = OnlyIfTrue()


SYNC = server_event(
    "sync",
    SyncSchema,
    "the sockets that joined the ticket, when an event may have been lost: a client "
    "that is behind joins again",
)


@dataclass
class Position:
    """The point in a stream up to which its room has been sent entries.

    :param key: of the stream.
    :param seq: the last entry that was emitted.
    :param since: the last entry before this position; ``None`` until it is read.
    :param expected: the last entry in the log at the latest periodic check.
    """

    key: StreamKey
    seq: int = 0
    since: int | None = None
    expected: int = 0
    lock: Lock = field(default_factory=Lock)


class Dispatcher:
    """Emits entries to the rooms that sockets of this process have joined."""

    def __init__(self) -> None:
        self._positions: dict[StreamKey, Position] = {}
        self._lock = Lock()

    def follow(self, ticket_id: int, stream: Stream) -> None:
        """Begin to dispatch to a room that a socket has just entered.

        What is committed from now on waits until it is known where the stream is, and
        is then emitted by its position; what was before, the socket reads in the log.
        """
        key = ticket_id, stream
        with self._lock:
            position = self._positions.setdefault(key, Position(key))
        with position.lock:
            if position.since is None:
                position.seq = position.since = last_seqs([ticket_id]).get(key, 0)

    def followed(self) -> set[int]:
        """Return the tickets whose rooms have sockets; forget the other rooms."""
        with self._lock:
            for key in list(self._positions):
                if not has_members(ticket_room(*key)):
                    del self._positions[key]
            return {ticket_id for ticket_id, _ in self._positions}

    def advance(self, growth: Growth, entry: SerializedEntry | None = None) -> None:
        """Emit a stream up to a new entry, unless that has been done.

        :param entry: the new one; where it is missing, it is read if it is needed.
        """
        key = growth.ticket_id, growth.stream
        position = self._positions.get(key)
        if position and self._advance(position, growth.seq, entry):
            return
        if _has_lobby(growth):
            # Whoever entered the room after this entry has read it in the log, but
            # nobody in the lobby has.
            found = [entry] if entry else read_log(*key, growth.seq - 1, 1)
            for each in found:
                _emit(each, _lobby_rooms(each))

    def check(self, latest: Mapping[StreamKey, int]) -> None:
        """Bring up to date the rooms that were behind already at the last check.

        A room that has only just fallen behind is left alone: its notification may
        be on the way.

        :param latest: the last number of each stream.
        """
        for key, last_seq in latest.items():
            position = self._positions.get(key)
            if position is None:
                continue
            if position.seq < position.expected:
                self._advance(position, last_seq)
                _sync(key, last_seq)
            position.expected = last_seq

    def _advance(
        self, position: Position, seq: int, entry: SerializedEntry | None = None
    ) -> bool:
        """Emit up to an entry; return whether it came after the position began."""
        with position.lock:
            if position.since is None or seq <= position.since:
                return False
            if seq <= position.seq:
                return True
            entries: Sequence[SerializedEntry]
            if entry and seq == position.seq + 1:
                entries = [entry]
            else:
                entries = read_log(*position.key, position.seq, MAX_ENTRIES_BEHIND + 1)
            if len(entries) > MAX_ENTRIES_BEHIND:
                position.seq = seq
                _sync(position.key, seq)
                return True
            for each in entries:
                _emit(each, [ticket_room(*position.key), *_lobby_rooms(each)])
                position.seq = each["seq"]
            return True


def dispatcher() -> Dispatcher:
    """Return the dispatcher of the current application."""
    return current_app.extensions["ticketing.dispatcher"]


def _has_lobby(growth: Growth) -> bool:
    """Return whether anyone receives an entry without joining."""
    rooms = lobby_of(growth.owner_id)
    return growth.name in LOBBY_EVENTS and any(map(has_members, rooms))


def _lobby_rooms(entry: SerializedEntry) -> list[str]:
    """Return the rooms of those who receive an entry without joining, if any do."""
    if entry["name"] in LOBBY_EVENTS:
        return lobby_of(entry["payload"]["user_id"])
    return []


def _emit(entry: SerializedEntry, rooms: list[str]) -> None:
    """Emit an entry under its name, as ``(payload, event)``, once to each socket."""
    event = dict(entry)
    payload = event.pop("payload")
    # Not by its declaration: a newer release may have logged what this one lacks.
    socketio.emit(event["name"], (payload, event), to=rooms)


def _sync(key: StreamKey, last_seq: int) -> None:
    ticket_id, stream = key
    payload: dict[str, Any] = {"ticket_id": ticket_id, "last_seq": last_seq}
    if stream is Stream.STAFF:
        payload["internal"] = True
    SYNC.emit(payload, to=ticket_room(ticket_id, stream))
