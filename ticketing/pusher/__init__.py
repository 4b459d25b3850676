"""Rooms for clients of the Pusher protocol, such as Laravel Echo."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve the endpoint that grants channels."""
    from ticketing.pusher import routes

    routes.init_app(app)


def complete(app: Flask) -> None:
    """Serve connections on ``/app``, as connections of Socket.IO's server."""
    from ticketing.pusher.socket import Endpoint

    app.wsgi_app = Endpoint(app, app.wsgi_app)  # type: ignore[method-assign]
