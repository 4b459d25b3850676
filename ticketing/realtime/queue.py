"""The message queue between processes: what others emit is noted as told here."""

from typing import Any

from socketio import RedisManager

from ticketing.realtime import positions
from ticketing.timeline.models import Stream

CONNECT_TIMEOUT = 1  # seconds


class Queue(RedisManager):
    """Redis between the processes; a room hears of what all of them emit."""

    def __init__(self, url: str) -> None:
        options = {"socket_connect_timeout": CONNECT_TIMEOUT}
        super().__init__(url, channel="ticketing", redis_options=options)

    def _handle_emit(self, message: dict[str, Any]) -> None:
        super()._handle_emit(message)
        heard = message["data"]
        if isinstance(heard, list) and len(heard) == 2 and "seq" in heard[1]:
            note(heard[1])


def note(event: dict[str, Any]) -> None:
    """Note that an event with a number has been told to the rooms of this process."""
    stream = Stream.STAFF if event.get("internal") else Stream.PUBLIC
    positions.note(event["ticket_id"], stream, event["seq"])
