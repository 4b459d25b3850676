"""Timelines: what happened on each ticket, numbered, kept, and replayed on request."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Start keeping what is published; serve it under ``/api``."""
    from ticketing.web.blueprint import register
    from ticketing.history import listeners  # noqa: F401
    from ticketing.history.routes import bp

    register(app, bp)
