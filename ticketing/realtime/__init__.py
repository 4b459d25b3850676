"""Realtime: Socket.IO connections, ticket rooms, and what they hear."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve Socket.IO, once every part has declared its events."""
    from ticketing.core import api, headers
    from ticketing.realtime import broadcast, sockets, server  # noqa: F401

    server.init_app(app)
    api.document_live(app, server.limits_of(app))
    headers.wrap(app)
