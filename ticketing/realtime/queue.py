"""The message queue between processes: what others emit is noted as told here.

Redis may die, or go deaf. No sender waits for it: what is to be told the other
processes is queued here, and what they may have missed they learn from the log.
"""

import logging
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from socketio import RedisManager

from ticketing.realtime import positions
from ticketing.timeline.models import Stream

PATIENCE = 1  # seconds, with Redis
PAUSE = 0.5  # seconds until it is asked again
MOST_WAITING = 1000  # messages; the oldest go first

_log = logging.getLogger(__name__)


class Queue(RedisManager):
    """Redis between the processes; a room hears of what all of them emit."""

    def __init__(self, url: str) -> None:
        super().__init__(url, channel="ticketing")
        self._outgoing: deque[str] = deque(maxlen=MOST_WAITING)
        self._waiting: Any = None  # an event of the server's kind, once it serves
        self._publisher = self._connect(socket_timeout=PATIENCE)

    def initialize(self) -> None:
        """Start to tell and to hear."""
        super().initialize()
        self._waiting = self.server.eio.create_event()
        self.server.start_background_task(self._publish_waiting)

    def _connect(self, **options: Any) -> redis.Redis:
        return redis.Redis.from_url(
            self.redis_url,
            socket_connect_timeout=PATIENCE,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
            **options,
        )

    def _publish(self, data: dict[str, Any]) -> None:
        self._outgoing.append(self.json.dumps(data))
        if self._waiting:
            self._waiting.set()
        else:  # a command, which serves nobody and is over soon
            self._try_to_publish(self._outgoing.popleft())

    def _publish_waiting(self) -> None:
        while True:
            self._waiting.wait()
            self._waiting.clear()
            while self._outgoing:
                if not self._try_to_publish(self._outgoing.popleft()):
                    self._await_redis()

    def _try_to_publish(self, message: str) -> bool:
        """Publish a message, once: one that failed may have been heard all the same."""
        try:
            self._publisher.publish(self.channel, message)
        except redis.RedisError as error:
            _log.error("Redis does not take what is to be told: %s", error)
            return False
        return True

    def _await_redis(self) -> None:
        while True:
            time.sleep(PAUSE)
            try:
                self._publisher.ping()
                return
            except redis.RedisError:
                continue

    def _listen(self) -> Iterator[bytes]:
        while True:
            try:
                yield from self._subscription()
            except redis.RedisError as error:
                _log.error("Redis does not tell anything: %s", error)
            time.sleep(PAUSE)

    def _subscription(self) -> Iterator[bytes]:
        with self._connect().pubsub(ignore_subscribe_messages=True) as subscription:
            subscription.subscribe(self.channel)
            for message in subscription.listen():
                yield message["data"]

    def _handle_emit(self, message: dict[str, Any]) -> None:
        super()._handle_emit(message)
        heard = message["data"]
        if len(heard) == 2 and isinstance(heard[1], dict) and "seq" in heard[1]:
            note(heard[1])


def note(event: dict[str, Any]) -> None:
    """Note that an event with a number has been told to the rooms of this process."""
    stream = Stream.STAFF if event.get("internal") else Stream.PUBLIC
    positions.note(event["ticket_id"], stream, event["seq"])
