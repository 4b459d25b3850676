"""Accounts: customers and admins, their access tokens, and links mailed to them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register routes and commands, and authenticate every request by its token."""
    from ticketing.accounts import cli, listeners, tokens  # noqa: F401
    from ticketing.accounts.routes import bp
    from ticketing.core import auth
    from ticketing.web.blueprint import register

    auth.init_app(app, tokens.find_caller)
    cli.init_app(app)
    register(app, bp)
