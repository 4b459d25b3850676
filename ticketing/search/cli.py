"""The command that indexes the texts of tickets."""

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import true

from ticketing.ops.cli import with_database
from ticketing.search import service

group = AppGroup("search", help="The index of texts.")


@group.command("rebuild")
@click.option("--all", "all_tickets", is_flag=True, help="Also those that are indexed.")
@with_database
def rebuild(all_tickets: bool) -> None:
    """Index the tickets that are not indexed yet; the service may run meanwhile.

    If it is interrupted, another run continues where it stopped.
    """
    criterion = true() if all_tickets else service.not_indexed()
    count = service.count_matching(criterion)
    with click.progressbar(length=count, label="Indexing") as bar:
        for done in service.rebuild(criterion):
            bar.update(done)
    click.echo(f"Indexed {count} tickets.")


def init_app(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(group)
