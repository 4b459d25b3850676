"""Commands for the files of tickets."""

import click
from flask import Flask
from flask.cli import AppGroup

from ticketing.ops.cli import with_database
from ticketing.tickets import attachments

group = AppGroup("attachments", help="The files of tickets.")


@group.command("prune")
@with_database
def prune() -> None:
    """Delete the files that no ticket uses."""
    click.echo(f"Pruned {attachments.prune()} orphaned files.")


def init_app(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(group)
