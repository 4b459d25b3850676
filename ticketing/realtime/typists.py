"""Who is typing on which ticket.

A user types until a socket of theirs says that they stopped, leaves the ticket,
disconnects, or has not renewed it for ``TYPING_TIMEOUT_S``. The process of that socket
notifies the others. They wait for longer, and by themselves only if that process died.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

TYPING_TIMEOUT_S = 6.0
ELSEWHERE_TIMEOUT_S = 12.0
ELSEWHERE = "another process"  # stands for its sockets

Notice = Mapping[str, Any]  # as ``TypingNoticeSchema`` dumps it
Which = Callable[[int, str, float], bool]  # of ticket, socket, and end


@dataclass
class Typist:
    """A user who types on a ticket, and until when by each socket of theirs."""

    profile: Mapping[str, Any]
    until: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Stopped:
    """A notice that a user has stopped typing.

    :param here: whether they typed in a socket of this process.
    """

    notice: Notice
    here: bool


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

    def note(self, notice: Notice, source: str) -> bool:
        """Remember a notice; return whether it holds for the user.

        One who has stopped in one socket may still be typing in another.

        :param source: the id of a socket of this process, or ``ELSEWHERE``.
        """
        place = notice["ticket_id"], notice["user"]["id"]
        with self._lock:
            if notice["typing"]:
                typist = self._typists.setdefault(place, Typist(notice["user"]))
                typist.until[source] = time.monotonic() + _timeout(source)
            elif place in self._typists:
                self._typists[place].until.pop(source, None)
                return self._drop_if_stopped(place)
            return True

    def stop(self, sid: str, ticket_id: int | None = None) -> list[Stopped]:
        """End the typing of a socket, on one ticket or on all."""
        return self._stop(
            lambda on, source, _: source == sid and ticket_id in (None, on)
        )

    def expire(self) -> list[Stopped]:
        """End what has not been renewed in time."""
        now = time.monotonic()
        return self._stop(lambda _, source, until: until <= now)

    def _stop(self, which: Which) -> list[Stopped]:
        stopped = []
        with self._lock:
            for place, typist in list(self._typists.items()):
                ended = [s for s, t in typist.until.items() if which(place[0], s, t)]
                for source in ended:
                    del typist.until[source]
                if self._drop_if_stopped(place):
                    stopped.append(_stopped(place[0], typist, ended))
        return stopped

    def _drop_if_stopped(self, place: tuple[int, int]) -> bool:
        if self._typists[place].until:
            return False
        del self._typists[place]
        return True


def _timeout(source: str) -> float:
    return ELSEWHERE_TIMEOUT_S if source == ELSEWHERE else TYPING_TIMEOUT_S


def _stopped(ticket_id: int, typist: Typist, sources: list[str]) -> Stopped:
    notice = {"ticket_id": ticket_id, "user": typist.profile, "typing": False}
    return Stopped(notice, here=sources != [ELSEWHERE])


typists = Typists()
