"""The Socket.IO server, as configured."""

from typing import Any

from flask import Flask

from ticketing.web import json
from ticketing.web.extensions import socketio
from ticketing.web.sockets import refuse_unknown
from ticketing.realtime import backlog, engine, polling
from ticketing.realtime.manager import OneAtATime
from ticketing.realtime.packets import MOST_BYTES, StrictPacket
from ticketing.realtime.queue import Queue

PING_INTERVAL = 12  # seconds
PING_TIMEOUT = 8  # seconds; each is checked as often, so a half-open one is gone by 28


def limits_of(app: Flask) -> dict[str, Any]:
    """Return how much clients may send, for people."""
    return {
        "events of a user": app.config["SOCKET_EVENT_LIMIT"],
        "connections of a user": app.config["SOCKETS_PER_USER"],
        "bytes of a packet": MOST_BYTES,
    }


def init_app(app: Flask) -> None:
    """Serve ``/socket.io``; what a socket sends is handled in the order it was sent."""
    queue = app.config["SOCKETIO_MESSAGE_QUEUE"]
    origins = set(app.config["CORS_ORIGINS"])

    def admits(origin: str | None, environ: dict[str, Any]) -> bool:
        own = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST')}"
        return "*" in origins or origin in origins or origin == own

    socketio.init_app(
        app,
        async_mode=app.config["SOCKETIO_ASYNC_MODE"],
        client_manager=Queue(queue, app) if queue else OneAtATime(),
        ping_interval=PING_INTERVAL,
        ping_timeout=PING_TIMEOUT,
        transports=app.config["SOCKETIO_TRANSPORTS"],
        async_handlers=False,
        manage_session=False,
        max_http_buffer_size=MOST_BYTES,
        cors_allowed_origins=admits,
        cors_credentials=False,
        json=json,
        serializer=StrictPacket,
    )
    # Past Flask-SocketIO, which takes an event called "*" for something else.
    socketio.server.on("*", refuse_unknown)
    engine.init_app()
    polling.init_app(app)
    backlog.watch()
