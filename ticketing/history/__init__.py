"""History: the ordered log of each ticket's events, and its replay."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Record events of tickets, and serve the log under ``/api``."""
    from ticketing.web.blueprint import register
    from ticketing.history import listeners  # noqa: F401
    from ticketing.history.routes import bp

    register(app, bp)
