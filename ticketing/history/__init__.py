"""History: the ordered log of each ticket's events, and its replay."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the route of the log, and the listener that records events."""
    from ticketing.history import listeners  # noqa: F401
    from ticketing.history.routes import bp
    from ticketing.web.blueprint import register

    register(app, bp)
