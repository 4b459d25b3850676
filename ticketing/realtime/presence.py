"""Emit which users are in a ticket's room, and which of them type, to admins.

Each process knows the users of its own sockets. When the users in a ticket's room
change, it publishes those of that room. Every ``HEARTBEAT_S``, and when it receives the
first notification of a process, it publishes a heartbeat: the users in all rooms. A
heartbeat replaces what the other processes knew of it, and so makes up for lost
notifications. A process whose heartbeats stop is forgotten.
"""

import time
from threading import Lock
from typing import Any

from marshmallow import fields

from ticketing import policy
from ticketing.history.models import Stream
from ticketing.realtime import connections
from ticketing.realtime.cluster import cluster
from ticketing.realtime.periodic_task import PeriodicTask
from ticketing.realtime.remote_presence import (
    Profile,
    RemotePresence,
    Rooms,
    Users,
    pack,
    put,
    unpack,
)
from ticketing.realtime.rooms import LOBBY, has_members, sids_in, ticket_room
from ticketing.realtime.schemas import PresentUserSchema
from ticketing.realtime.throttle import Throttle
from ticketing.realtime.typists import typists
from ticketing.web.schemas import ResponseSchema
from ticketing.web.sockets import server_event

ROUND_INTERVAL_S = 0.2  # what changes meanwhile is emitted together
LOBBY_INTERVAL_S = 2.0  # of a ticket
HEARTBEAT_S = 5.0


class PresenceSchema(ResponseSchema):
    """The users in a ticket's room; in the lobby the admins, without ``typing``."""

    ticket_id = fields.Integer()
    users = fields.List(fields.Nested(PresentUserSchema))


PRESENCE = server_event(
    "presence",
    PresenceSchema,
    "admins who joined the ticket; other admins receive, without joining, which admins "
    "are there, every two seconds at most, and of all tickets when they connect",
)


class Presence:
    """Publishes and emits who is in the rooms of tickets, when that has changed."""

    def __init__(self) -> None:
        self._marked: set[int] = set()
        self._here: Rooms = {}  # as published
        self._elsewhere = RemotePresence()
        self._emitted: dict[int, list[Profile]] = {}
        self._for_lobby: Throttle[int] = Throttle(LOBBY_INTERVAL_S)
        self._entered = set[str]()
        self._next_heartbeat = 0.0
        self._lock = Lock()
        self.task = PeriodicTask(ROUND_INTERVAL_S, self._is_needed, self.refresh)

    def mark(self, *ticket_ids: int) -> None:
        """Let the next round check who is in the rooms of tickets."""
        with self._lock:
            self._marked.update(ticket_ids)

    def enter_lobby(self, sid: str) -> None:
        """Let the next round emit all that is known to a socket in the lobby."""
        with self._lock:
            self._entered.add(sid)

    def mark_rooms_of(self, user_id: int) -> None:
        """Let the next round check the rooms of this process that a user was in."""
        with self._lock:
            self._marked |= {t for t, users in self._here.items() if user_id in users}

    def users(self, ticket_id: int) -> list[Profile]:
        """Return the users in a ticket's room, in all processes, with ``typing``."""
        found = self._elsewhere.users(ticket_id) | _users_here(ticket_id)
        return [
            {**found[user_id], "typing": typists.types(ticket_id, user_id)}
            for user_id in sorted(found)
        ]

    def receive(self, process: str, **packed: Any) -> None:
        """Handle a notification of who is in some rooms of another process."""
        self._answer_if_new(process)
        self.mark(*self._elsewhere.change(process, unpack(**packed)))
        self.task.start()

    def receive_all(self, process: str, **packed: Any) -> None:
        """Handle a heartbeat of another process: everyone in its rooms."""
        self._answer_if_new(process)
        self.mark(*self._elsewhere.replace(process, unpack(**packed)))
        self.task.start()

    def refresh(self) -> None:
        """Publish and emit what has changed since the last round."""
        self.mark(*self._elsewhere.forget_silent())
        with self._lock:
            marked, self._marked = self._marked, set()
            entered, self._entered = self._entered, set()
        changed = [ticket_id for ticket_id in marked if self._renew(ticket_id)]
        self._publish(changed)
        for ticket_id in marked:
            self._emit(ticket_id)
        emitted = {ticket_id for ticket_id, _ in self._for_lobby.due()}
        for ticket_id in emitted:
            self._emit_to_lobby(ticket_id)
        for sid in entered:
            self._emit_all(sid, emitted)

    def _answer_if_new(self, process: str) -> None:
        """Let the next round send a heartbeat to a process that was not known."""
        if not self._elsewhere.knows(process):
            self._next_heartbeat = 0.0

    def _renew(self, ticket_id: int) -> bool:
        """Update who is in a room of this process; return whether that changed."""
        with self._lock:
            users = _users_here(ticket_id)
            changed = users != self._here.get(ticket_id, {})
            put(self._here, ticket_id, users)
        return changed

    def _publish(self, changed: list[int]) -> None:
        now, name = time.monotonic(), "present"
        rooms = {ticket_id: self._here.get(ticket_id, {}) for ticket_id in changed}
        if now >= self._next_heartbeat:
            self._next_heartbeat = now + HEARTBEAT_S
            name, rooms = "present.all", self._here
        elif not changed:
            return
        cluster().publish(name, {"process": cluster().id, **pack(rooms)})

    def _emit(self, ticket_id: int) -> None:
        """Emit who is in a room, if that changed and admins of this process follow."""
        room = ticket_room(ticket_id, Stream.STAFF)
        before = self._emitted.pop(ticket_id, [])
        if not has_members(room) and not has_members(LOBBY):
            return
        users = self.users(ticket_id)
        if users:
            self._emitted[ticket_id] = users
        if users != before:
            PRESENCE.emit({"ticket_id": ticket_id, "users": users}, to=room)
        if _admins(users) != _admins(before):
            self._for_lobby.call(ticket_id)

    def _emit_to_lobby(self, ticket_id: int) -> None:
        """Emit which admins are in a room to the admins who are not."""
        joined = sids_in(ticket_room(ticket_id, Stream.STAFF))
        admins = _admins(self.users(ticket_id))
        present = {"ticket_id": ticket_id, "users": admins}
        PRESENCE.emit(present, to=LOBBY, skip_sid=joined)

    def _emit_all(self, sid: str, emitted: set[int]) -> None:
        """Emit which admins are in the rooms that a socket is not in.

        :param emitted: the tickets that this round has emitted to the lobby.
        """
        with self._lock:
            known = self._here.keys() | self._elsewhere.tickets()
        for ticket_id in sorted(known - emitted):
            admins = _admins(self.users(ticket_id))
            if admins and sid not in sids_in(ticket_room(ticket_id, Stream.STAFF)):
                PRESENCE.emit({"ticket_id": ticket_id, "users": admins}, to=sid)

    def _is_needed(self) -> bool:
        return bool(
            connections.connected() or self._here or self._marked or self._for_lobby
        )


def _users_here(ticket_id: int) -> Users:
    room = ticket_room(ticket_id, Stream.PUBLIC)
    found = map(connections.find, sids_in(room))
    return {c.user_id: c.profile for c in found if c}


def _admins(users: list[Profile]) -> list[Profile]:
    return [
        {name: user[name] for name in ("id", "name", "role")}
        for user in users
        if policy.appears_in_lobby(user["role"])
    ]


presence = Presence()
