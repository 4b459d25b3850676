"""Realtime: Socket.IO connections, ticket rooms, and what they hear."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve Socket.IO, once every part has declared its events."""
    from ticketing.web import blueprint, middleware
    from ticketing.realtime import broadcast, handlers, server  # noqa: F401

    server.init_app(app)
    blueprint.document_live(app, server.limits_of(app))
    middleware.wrap(app)
