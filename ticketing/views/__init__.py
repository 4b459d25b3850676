"""Views: named lists of tickets, each with the number of its tickets."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes."""
    from ticketing.views.routes import bp
    from ticketing.web.blueprint import register

    register(app, bp)
