"""The users in the rooms of other processes, by what these have published."""

import time
from collections.abc import Iterable
from threading import Lock
from typing import Any

from ticketing.accounts.models import Role

PROCESS_TIMEOUT_S = 13.0  # two heartbeats may be lost; clients are promised 15 s

Profile = dict[str, Any]
Users = dict[int, Profile]  # by id
Rooms = dict[int, Users]  # by ticket; an empty one is missing


class RemotePresence:
    """The users in the rooms of tickets in the other processes.

    A process that has published nothing for ``PROCESS_TIMEOUT_S`` is dead: it is
    forgotten. Each method that changes something returns the tickets that it concerns.
    """

    def __init__(self) -> None:
        self._rooms: dict[str, Rooms] = {}  # by process
        self._notified_at: dict[str, float] = {}
        self._lock = Lock()

    def users(self, ticket_id: int) -> Users:
        """Return who is in a ticket's room in any other process."""
        with self._lock:
            found = [rooms.get(ticket_id, {}) for rooms in self._rooms.values()]
        return {user_id: users[user_id] for users in found for user_id in users}

    def tickets(self) -> set[int]:
        """Return the tickets in whose rooms somebody is in another process."""
        with self._lock:
            return {ticket_id for rooms in self._rooms.values() for ticket_id in rooms}

    def knows(self, process: str) -> bool:
        """Return whether a process is known, and not taken for dead."""
        return process in self._notified_at

    def change(self, process: str, rooms: Rooms) -> set[int]:
        """Replace what is known of some rooms of a process; these may be empty."""
        with self._lock:
            self._notified_at[process] = time.monotonic()
            known = self._rooms.setdefault(process, {})
            for ticket_id, users in rooms.items():
                put(known, ticket_id, users)
        return set(rooms)

    def replace(self, process: str, rooms: Rooms) -> set[int]:
        """Replace all that is known of a process."""
        forgotten = self.forget_silent()
        with self._lock:
            self._notified_at[process] = time.monotonic()
            known = self._rooms.get(process, {})
            self._rooms[process] = rooms
        concerned = known.keys() | rooms.keys()
        return forgotten | {t for t in concerned if known.get(t) != rooms.get(t)}

    def forget_silent(self) -> set[int]:
        """Forget the processes that are dead."""
        oldest, forgotten = time.monotonic() - PROCESS_TIMEOUT_S, set[int]()
        with self._lock:
            for process, notified_at in list(self._notified_at.items()):
                if notified_at < oldest:
                    del self._notified_at[process]
                    forgotten |= self._rooms.pop(process).keys()
        return forgotten


def put(rooms: Rooms, ticket_id: int, users: Users) -> None:
    """Set who is in a room; forget a room that is empty."""
    if users:
        rooms[ticket_id] = users
    else:
        rooms.pop(ticket_id, None)


def pack(rooms: Rooms) -> dict[str, Any]:
    """Return what a notification says of rooms: each user's profile once."""
    profiles = {user_id: us[user_id] for us in rooms.values() for user_id in us}
    return {
        "rooms": [[ticket_id, list(users)] for ticket_id, users in rooms.items()],
        "users": list(profiles.values()),
    }


def unpack(rooms: Iterable[Any], users: Iterable[Profile]) -> Rooms:
    """Return the rooms that were packed."""
    profiles = {user["id"]: {**user, "role": Role(user["role"])} for user in users}
    return {
        ticket_id: {user_id: profiles[user_id] for user_id in user_ids}
        for ticket_id, user_ids in rooms
    }
