"""Accounts: customers and admins, and the tokens that identify them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve accounts under ``/api``; teach the token machinery to find users."""
    from ticketing.accounts import cli, tokens  # noqa: F401
    from ticketing.accounts.routes import bp
    from ticketing.web.blueprint import register

    cli.init_app(app)
    register(app, bp)
