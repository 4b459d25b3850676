"""The command that deletes unused files."""

import click
from flask import Flask
from flask.cli import AppGroup

from ticketing.files import pruning
from ticketing.ops.cli import with_database

group = AppGroup("attachments", help="The files of tickets.")


@group.command("prune")
@with_database
def prune() -> None:
    """Delete files that were not used for 24 hours, and those that no row names."""
    click.echo(f"Pruned {pruning.prune_unused()} unused files.")
    click.echo(f"Pruned {pruning.prune_orphans()} orphaned files.")


def init_app(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(group)
