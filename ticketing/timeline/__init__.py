"""Timelines: what happened on each ticket, numbered, kept, and replayed on request."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Start keeping what is published; serve it under ``/api``."""
    from ticketing.core.api import register
    from ticketing.timeline import listeners  # noqa: F401
    from ticketing.timeline.routes import bp

    register(app, bp)
