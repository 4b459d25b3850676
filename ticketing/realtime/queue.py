"""The message queue between processes: what others emit is noted as told here.

Redis may die, or go deaf. No sender waits for it: what is to be told the other
processes is queued here, and what they may have missed they learn from the log.
"""

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import redis
from flask import Flask, has_request_context
from redis.backoff import NoBackoff
from redis.retry import Retry
from socketio import RedisManager

from ticketing.ops import metrics
from ticketing.realtime import positions
from ticketing.realtime.manager import OneAtATime
from ticketing.realtime.news import REACTIONS, News, Reaction
from ticketing.history.models import Stream

PATIENCE = 1  # seconds, with Redis
PAUSE = 0.5  # seconds until it is asked again
SILENCE = 5  # seconds, after which it is asked whether it is still there
MOST_WAITING = 1000  # messages; the oldest go first
AT_ONCE = 16  # messages that are told as one, and lost as one
SHARED = "share"  # the method of a message that is no method of Socket.IO's

_log = logging.getLogger(__name__)


class Queue(OneAtATime, RedisManager):
    """Redis between the processes; a room hears of what all of them emit.

    What is published begins with who tells it, so that they need not read it again;
    then, after a space, an array of messages.
    """

    def __init__(self, url: str, app: Flask) -> None:
        super().__init__(url, channel="ticketing")
        self._app = app
        self._outgoing: deque[str] = deque(maxlen=MOST_WAITING)
        self._waiting: Any = None  # an event of the server's kind, once there is need
        self._publisher = self._connect(socket_timeout=PATIENCE)

    def share(self, kind: str, news: News) -> None:
        """Have every process act on news: the others soon, this one at once."""
        self._publish({"method": SHARED, "kind": kind, "news": news})
        super().share(kind, news)

    def _connect(self, **options: Any) -> redis.Redis:
        return redis.Redis.from_url(
            self.redis_url,
            socket_connect_timeout=PATIENCE,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
            **options,
        )

    def _publish(self, data: dict[str, Any]) -> None:
        message = self.json.dumps(data)
        if not self._waiting and not has_request_context():
            # A command, which serves nobody, and may be over before a task begins.
            self._try_to_publish([message])
            return
        self._outgoing.append(message)
        self._begin_to_tell()
        self._waiting.set()

    def _begin_to_tell(self) -> None:
        with self._lock:
            if not self._waiting:
                self._waiting = self.server.eio.create_event()
                self.server.start_background_task(self._publish_waiting)

    def _publish_waiting(self) -> None:
        while True:
            self._waiting.wait()
            self._waiting.clear()
            while self._outgoing:
                count = min(len(self._outgoing), AT_ONCE)
                messages = [self._outgoing.popleft() for _ in range(count)]
                if not self._try_to_publish(messages):
                    self._await_redis()

    def _try_to_publish(self, messages: Sequence[str]) -> bool:
        """Publish messages, once: what failed may have been heard all the same."""
        told = f"{self.host_id} [{','.join(messages)}]"
        try:
            self._publisher.publish(self.channel, told)
        except redis.RedisError as error:
            metrics.UNTOLD.inc()
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

    def _listen(self) -> Iterator[dict[str, Any]]:
        while True:
            try:
                for told in self._subscription():
                    yield from self._understood(told)
            except redis.RedisError as error:
                _log.error("Redis does not tell anything: %s", error)
            time.sleep(PAUSE)

    def _understood(self, told: bytes) -> Iterator[dict[str, Any]]:
        """Return what others have for Socket.IO, if anything; see to the rest."""
        sender, _, array = told.partition(b" ")
        if sender == self.host_id.encode():
            return  # it was done at once
        try:
            messages = self.json.loads(array)
        except (ValueError, RecursionError):
            return  # it is none of ours
        for message in messages if isinstance(messages, list) else []:
            if isinstance(message, dict) and message.get("method") == SHARED:
                self._react(message)
            elif isinstance(message, dict):
                yield message

    def _react(self, message: dict[str, Any]) -> None:
        try:
            reaction, news = REACTIONS[message["kind"]], message["news"]
            if reaction.concerns(news):
                self.server.start_background_task(self._act, reaction, news)
        except Exception:  # it is of another version; or there is no thread to be had
            self._could_not_act()

    def _act(self, reaction: Reaction, news: News) -> None:
        try:
            with self._app.app_context():
                reaction.act(news)
        except Exception:
            self._could_not_act()

    def _could_not_act(self) -> None:
        metrics.UNTOLD.inc()
        _log.exception("could not act on what another process told")

    def _subscription(self) -> Iterator[bytes]:
        with self._connect().pubsub(ignore_subscribe_messages=True) as subscription:
            subscription.subscribe(self.channel)
            has_asked = False
            while True:
                heard = subscription.get_message(timeout=SILENCE)
                if heard and heard["type"] == "message":
                    yield heard["data"]
                elif heard is None and has_asked:
                    raise redis.TimeoutError("it answers no ping")
                elif heard is None:
                    subscription.ping()
                has_asked = heard is None

    def _handle_emit(self, message: dict[str, Any]) -> None:
        super()._handle_emit(message)
        heard = message["data"]
        if len(heard) == 2 and isinstance(heard[1], dict) and "seq" in heard[1]:
            note(heard[1])


def note(event: dict[str, Any]) -> None:
    """Note that an event with a number has been told to the rooms of this process."""
    stream = Stream.STAFF if event.get("internal") else Stream.PUBLIC
    positions.note(event["ticket_id"], stream, event["seq"])
