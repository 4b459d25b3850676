"""The command that verifies the facts of tickets."""

import click
from flask import Flask
from flask.cli import AppGroup

from ticketing.ops.cli import with_database
from ticketing.reports.verification import verify_tickets

PROGRESS_EVERY = 50_000  # tickets
MAX_LISTED = 1000

group = AppGroup("reports", help="Reports on tickets.")


@group.command("verify")
@with_database
def verify() -> None:
    """Compare what reports count with the log of every ticket."""
    compared, wrong = 0, []
    for number, ids in verify_tickets():
        wrong += ids
        before, compared = compared, compared + number
        if before // PROGRESS_EVERY < compared // PROGRESS_EVERY:
            click.echo(f"{compared} tickets so far.", err=True)
    if wrong:
        listed = ", ".join(map(str, wrong[:MAX_LISTED]))
        more = len(wrong) - MAX_LISTED
        listed += f" and {more} more" if more > 0 else ""
        raise click.ClickException(f"The log says something else of {listed}.")
    click.echo(f"Compared {compared} tickets with their log: all are right.")


def init_app(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(group)
