"""The Socket.IO server, as configured."""

from typing import Any

from flask import Flask

from ticketing.core import strict_json
from ticketing.core.extensions import socketio
from ticketing.core.live import refuse_unknown
from ticketing.realtime import backlog
from ticketing.realtime.packets import StrictPacket
from ticketing.realtime.queue import Queue

PACKET_BYTES = 256 * 1024
PING_INTERVAL = 15  # seconds
PING_TIMEOUT = 10  # seconds: a connection that is half open is gone after both


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
        client_manager=Queue(queue) if queue else None,
        ping_interval=PING_INTERVAL,
        ping_timeout=PING_TIMEOUT,
        transports=app.config["SOCKETIO_TRANSPORTS"],
        async_handlers=False,
        manage_session=False,
        max_http_buffer_size=PACKET_BYTES,
        cors_allowed_origins=admits,
        cors_credentials=False,
        json=strict_json,
        serializer=StrictPacket,
    )
    # Past Flask-SocketIO, which takes an event called "*" for something else.
    socketio.server.on("*", refuse_unknown)
    backlog.watch()
