"""The users who are typing, on which tickets.

A user types until their socket says that they stopped, leaves the ticket, disconnects,
or has not renewed it for ``TYPING_TIMEOUT_S``. The process of that socket notifies the
others. Only if it died do these end the typing, after ``ELSEWHERE_TIMEOUT_S``.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

TYPING_TIMEOUT_S = 6.0
ELSEWHERE_TIMEOUT_S = 12.0


class Source(NamedTuple):
    """Where a user types: a socket of this process, or another process."""

    id: str
    is_here: bool = True


Notice = Mapping[str, Any]  # as ``TypingNoticeSchema`` dumps it
Which = Callable[[int, Source, float], bool]  # of ticket, source, and end


@dataclass
class Typist:
    """A user who types on a ticket, and until when at each source."""

    profile: Mapping[str, Any]
    until: dict[Source, float] = field(default_factory=dict)


class Scope(NamedTuple):
    """Where a notice has to be passed on.

    :param others: whether to the other processes.
    :param room: whether to the ticket's room in this process.
    """

    others: bool
    room: bool


class Typists:
    """The users who are typing, as far as this process has been notified."""

    def __init__(self) -> None:
        self._typists: dict[tuple[int, int], Typist] = {}  # by ticket and user
        self._lock = Lock()

    def __bool__(self) -> bool:
        """Return whether someone is typing."""
        return bool(self._typists)

    def types(self, ticket_id: int, user_id: int) -> bool:
        """Return whether a user is typing on a ticket."""
        return (ticket_id, user_id) in self._typists

    def note(self, notice: Notice, source: Source) -> Scope:
        """Remember a notice; return where it has to be passed on.

        One who has stopped in one socket may still be typing in another.
        """
        key = notice["ticket_id"], notice["user"]["id"]
        with self._lock:
            if notice["typing"]:
                typist = self._typists.setdefault(key, Typist(notice["user"]))
                typist.until[source] = time.monotonic() + _timeout(source)
            elif key in self._typists:
                self._typists[key].until.pop(source, None)
                return self._drop_if_stopped(key)
            return Scope(others=True, room=True)

    def stop(
        self, sid: str, ticket_id: int | None = None
    ) -> list[tuple[Notice, Scope]]:
        """End the typing of a socket, on one ticket or on all."""
        own = Source(sid)
        return self._stop(
            lambda on, source, _: source == own and ticket_id in (None, on)
        )

    def expire(self) -> list[tuple[Notice, Scope]]:
        """End what has not been renewed in time."""
        now = time.monotonic()
        return self._stop(lambda _, source, until: until <= now)

    def _stop(self, which: Which) -> list[tuple[Notice, Scope]]:
        stopped: list[tuple[Notice, Scope]] = []
        with self._lock:
            for key, typist in list(self._typists.items()):
                ended = [s for s, t in typist.until.items() if which(key[0], s, t)]
                for source in ended:
                    del typist.until[source]
                if ended:
                    notice = {"ticket_id": key[0], "user": typist.profile}
                    scope = self._drop_if_stopped(key)
                    if not any(source.is_here for source in ended):
                        # Of users elsewhere, each process finds out by itself.
                        scope = scope._replace(others=False)
                    stopped.append(({**notice, "typing": False}, scope))
        return stopped

    def _drop_if_stopped(self, key: tuple[int, int]) -> Scope:
        until = self._typists[key].until
        if not until:
            del self._typists[key]
        return Scope(others=not any(s.is_here for s in until), room=not until)


def _timeout(source: Source) -> float:
    return TYPING_TIMEOUT_S if source.is_here else ELSEWHERE_TIMEOUT_S


typists = Typists()
