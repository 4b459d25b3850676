"""Notifications between the processes, through Redis.

A notification says what happened; each process acts on it for its own sockets. Redis
may be down, or frozen: no request waits for it, and what other processes then miss
they find in the database, by the periodic check.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from queue import Full, Queue
from threading import Lock
from typing import Any
from uuid import uuid4

import redis
from flask import Flask, current_app, has_request_context

from ticketing.core.redis import client_options
from ticketing.core.transaction import FAILED
from ticketing.web.extensions import socketio

CHANNEL = "ticketing"
REDIS_TIMEOUT_S = 1
REDIS_RETRY_INTERVAL_S = 0.5
REDIS_PING_INTERVAL_S = 5  # without a message; if as long again, Redis is frozen
QUEUE_SIZE = 1000  # notifications

Data = dict[str, Any]  # JSON
Handler = Callable[..., None]
_log = logging.getLogger(__name__)


class Cluster:
    """Publishes notifications to the other processes, and handles theirs.

    :param url: of Redis; empty if this is the only process.
    :param handlers: by the name of a notification; its data are keyword arguments.
    """

    def __init__(
        self, app: Flask, url: str, handlers: Mapping[str, Handler]
    ) -> None:
        self._app, self._url, self._handlers = app, url, handlers
        self.id = uuid4().hex  # of this process
        self._outgoing: Queue[str] = Queue(QUEUE_SIZE)
        self._lock = Lock()
        self._started = False

    def publish(self, name: str, data: Data) -> None:
        """Notify the other processes; at most ``QUEUE_SIZE`` notifications wait."""
        if not self._url:
            return
        message = json.dumps({"from": self.id, "name": name, "data": data})
        if not self._started and not has_request_context():
            # A command ends before a task could publish.
            self._try_to_publish(self._connect(), message)
            return
        self.start()
        try:
            self._outgoing.put_nowait(message)
        except Full:
            FAILED.inc()

    def start(self) -> None:
        """Start the tasks that publish and listen, unless they run."""
        with self._lock:
            if self._url and not self._started:
                socketio.start_background_task(self._publish_queued)
                socketio.start_background_task(self._listen)
                self._started = True

    def handle(self, message: bytes) -> None:
        """Act on a notification of another process."""
        try:
            received = json.loads(message)
            if received["from"] != self.id:
                with self._app.app_context():
                    self._handlers[received["name"]](**received["data"])
        except Exception:  # another version's, or the database is down
            FAILED.inc()
            _log.exception("could not handle a notification of another process")

    def _connect(self, **options: Any) -> redis.Redis:
        options = client_options(REDIS_TIMEOUT_S) | options
        return redis.Redis.from_url(self._url, **options)

    def _publish_queued(self) -> None:
        publisher = self._connect()
        while True:
            message = self._outgoing.get()
            while not self._try_to_publish(publisher, message):
                time.sleep(REDIS_RETRY_INTERVAL_S)

    def _try_to_publish(self, publisher: redis.Redis, message: str) -> bool:
        try:
            publisher.publish(CHANNEL, message)
        except redis.RedisError as error:
            FAILED.inc()
            _log.error("Redis does not take a notification: %s", error)
            return False
        return True

    def _listen(self) -> None:
        while True:
            try:
                for message in self._subscription():
                    self.handle(message)
            except redis.RedisError as error:
                _log.error("Redis does not deliver notifications: %s", error)
            time.sleep(REDIS_RETRY_INTERVAL_S)

    def _subscription(self) -> Iterator[bytes]:
        # redis-py 8.1 (client.py, PubSub.check_health) sends pings by itself, but does
        # not notice that they stay unanswered.
        client = self._connect(socket_timeout=None)
        with client.pubsub(ignore_subscribe_messages=True) as subscription:
            subscription.subscribe(CHANNEL)
            has_asked = False
            while True:
                received = subscription.get_message(timeout=REDIS_PING_INTERVAL_S)
                if received is None and has_asked:
                    raise redis.TimeoutError("it answers no ping")
                if received is None:
                    subscription.ping()
                elif received["type"] == "message":
                    yield received["data"]
                has_asked = received is None


def cluster() -> Cluster:
    """Return the cluster of the current application."""
    return current_app.extensions["ticketing.cluster"]
