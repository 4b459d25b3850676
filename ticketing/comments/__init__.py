"""Comments: the written discussion of a ticket."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve comments under ``/api``."""
    from ticketing.comments import listeners  # noqa: F401
    from ticketing.comments.routes import bp
    from ticketing.web.blueprint import register

    register(app, bp)
