"""Webhooks: what happens to tickets is sent to the URLs that admins name."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes, the listeners and the job."""
    from ticketing.web.blueprint import register
    from ticketing.webhooks import delivery, listeners  # noqa: F401
    from ticketing.webhooks.routes import bp

    register(app, bp)
