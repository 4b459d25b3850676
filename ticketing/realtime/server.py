"""The Socket.IO server, as configured."""

from typing import Any

from flask import Flask
from werkzeug.wsgi import get_host

from ticketing.realtime import engineio_patches
from ticketing.realtime.socketio_patches import LimitedPacket, LockedManager
from ticketing.realtime.websockets import MAX_PACKET_BYTES
from ticketing.web import json
from ticketing.web.extensions import socketio
from ticketing.web.sockets import refuse_unknown

PING_INTERVAL_S = 12
PING_TIMEOUT_S = 8  # checked as often, so a half-open connection is gone by 28


def limits_of(app: Flask) -> dict[str, Any]:
    """Return the limits of clients, for the document."""
    return {
        "events of a user": app.config["SOCKET_EVENT_LIMIT"],
        "connections of a user": app.config["SOCKETS_PER_USER"],
        "bytes of a packet": MAX_PACKET_BYTES,
    }


def init_app(app: Flask) -> None:
    """Serve ``/socket.io``, handling a client's events in order."""
    origins = set(app.config["CORS_ORIGINS"])

    def admits(origin: str | None, environ: dict[str, Any]) -> bool:
        own = f"{environ['wsgi.url_scheme']}://{get_host(environ)}"
        return "*" in origins or origin in origins or origin == own

    socketio.init_app(
        app,
        async_mode=app.config["SOCKETIO_ASYNC_MODE"],
        client_manager=LockedManager(),
        ping_interval=PING_INTERVAL_S,
        ping_timeout=PING_TIMEOUT_S,
        transports=app.config["SOCKETIO_TRANSPORTS"],
        async_handlers=False,
        manage_session=False,
        max_http_buffer_size=MAX_PACKET_BYTES,
        cors_allowed_origins=admits,
        cors_credentials=False,
        json=json,
        serializer=LimitedPacket,
    )
    # Past Flask-SocketIO, which takes an event called "*" for something else.
    socketio.server.on("*", refuse_unknown)
    engineio_patches.apply(socketio.server)
