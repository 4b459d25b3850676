"""Realtime: Socket.IO connections, ticket rooms, and what they hear."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve Socket.IO, once every part has declared its events."""
    from ticketing.core import headers
    from ticketing.realtime import broadcast, sockets, server  # noqa: F401

    server.init_app(app)
    headers.wrap(app)
