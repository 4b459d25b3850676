"""Tickets: the requests of customers to support."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes and listeners of tickets."""
    from ticketing.tickets import listeners  # noqa: F401
    from ticketing.tickets.routes import bp
    from ticketing.web.blueprint import register

    register(app, bp)
