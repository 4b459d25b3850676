"""Move data to another database, and from the Laravel system that this one replaces."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the commands, if the application has those of migrations."""
    if "db" in app.cli.commands:
        from ticketing.moving import cli  # it imports alembic, which takes 11 MB

        cli.init_app(app)
