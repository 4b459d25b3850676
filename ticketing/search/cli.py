"""The command that indexes the texts of tickets."""

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import true

from ticketing.ops.cli import with_database
from ticketing.search import service

group = AppGroup("search", help="The index of texts.")


@group.command("rebuild")
@click.option("--all", "again", is_flag=True, help="Also those that are indexed.")
@with_database
def rebuild(again: bool) -> None:
    """Index the tickets that are older than the index, while the service may run.

    If it is interrupted, it goes on where it was when it is run again.
    """
    criterion = true() if again else service.not_indexed()
    count = service.count_matching(criterion)
    with click.progressbar(length=count, label="Indexing") as bar:
        for done in service.rebuild(criterion):
            bar.update(done)
    click.echo(f"Indexed {count} tickets.")


def init_app(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(group)
