"""Tickets: the requests of customers to support."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes, listeners and commands of tickets."""
    from ticketing.web.blueprint import register
    from ticketing.tickets import cli, listeners  # noqa: F401
    from ticketing.tickets.routes import bp

    cli.init_app(app)
    register(app, bp)
