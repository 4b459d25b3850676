"""Change many tickets by one call."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the route."""
    from ticketing.bulk.routes import bp
    from ticketing.web.blueprint import register

    register(app, bp)
