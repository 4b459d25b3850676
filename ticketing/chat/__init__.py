"""Chat: what the two sides of a ticket say to each other, live."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve messages under ``/api`` and to sockets."""
    from ticketing.chat import handlers, listeners  # noqa: F401
    from ticketing.chat.routes import bp
    from ticketing.web.blueprint import register

    register(app, bp)
