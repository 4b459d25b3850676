"""Tickets: what customers ask of support."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve tickets under ``/api``."""
    from ticketing.web.blueprint import register
    from ticketing.tickets import cli, listeners  # noqa: F401
    from ticketing.tickets.routes import bp

    cli.init_app(app)
    register(app, bp)
