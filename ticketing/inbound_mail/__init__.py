"""Replies by mail: messages that mail servers hand over become comments."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the route and the command that receive mail."""
    from ticketing.inbound_mail import cli
    from ticketing.inbound_mail.routes import bp
    from ticketing.web.blueprint import register

    cli.init_app(app)
    register(app, bp)
