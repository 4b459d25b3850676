"""Ratings by customers of how their tickets were handled."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the route of ratings."""
    from ticketing.ratings.routes import bp
    from ticketing.web.blueprint import register

    register(app, bp)
