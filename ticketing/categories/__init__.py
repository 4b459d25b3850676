"""Categories: what tickets are about."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve categories under ``/api``."""
    from ticketing.categories.routes import bp
    from ticketing.web.blueprint import register

    register(app, bp)
