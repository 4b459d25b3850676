"""Canned responses: texts that admins insert into their replies."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes."""
    from ticketing.canned_responses.routes import bp
    from ticketing.web.blueprint import register

    register(app, bp)
