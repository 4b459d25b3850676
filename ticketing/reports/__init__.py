"""Reports: statistics of tickets by day, category, priority or assignee."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the route, the listener that keeps the facts, and the commands."""
    from ticketing.reports import cli, listeners  # noqa: F401
    from ticketing.reports.routes import bp
    from ticketing.web.blueprint import register

    cli.init_app(app)
    register(app, bp)
