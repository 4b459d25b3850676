"""Who is in which room, where threads come and go at the same time.

python-socketio looks, and then acts on what it saw: a room could be thrown away with
someone who had just entered it, and who would never have heard a thing.
"""

from collections.abc import Callable, Iterator
from threading import RLock
from typing import Any

from socketio.manager import Manager

from ticketing.realtime.news import REACTIONS, News

BRIEF = (
    *("pre_connect", "connect", "is_pre_connected", "is_connected"),
    *("pre_disconnect", "basic_disconnect", "basic_leave_room"),
)


class OneAtATime(Manager):
    """A manager of rooms that one thread at a time changes or looks at."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn = RLock()

    def share(self, kind: str, news: News) -> None:
        """Have every process act on news, if they concern it; this is the only one."""
        reaction = REACTIONS[kind]
        if reaction.concerns(news):
            reaction.act(news)

    def get_participants(self, *args: Any) -> Iterator[tuple[str, str]]:
        """Return who is in a room, or in several, now."""
        with self._turn:
            return iter(list(super().get_participants(*args)))

    def basic_enter_room(
        self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None
    ) -> None:
        """Take someone into a room, unless they have gone by now."""
        with self._turn:
            if eio_sid or self.eio_sid_from_sid(sid, namespace):
                super().basic_enter_room(sid, namespace, room, eio_sid)


def _in_turn(name: str) -> Callable[..., Any]:
    def method(self: OneAtATime, *args: Any, **kwargs: Any) -> Any:
        with self._turn:
            return getattr(super(OneAtATime, self), name)(*args, **kwargs)

    return method


for _name in BRIEF:
    setattr(OneAtATime, _name, _in_turn(_name))
