"""Service levels: how soon tickets are to be answered and resolved, and are."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes and listeners."""
    from ticketing.service_levels import listeners  # noqa: F401
    from ticketing.service_levels.routes import bp
    from ticketing.web.blueprint import register

    register(app, bp)
