"""Categories: the subjects by which tickets are sorted."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes of categories."""
    from ticketing.categories.routes import bp
    from ticketing.web.blueprint import register

    register(app, bp)
