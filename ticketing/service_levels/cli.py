"""The command that recomputes the stored targets of tickets from their logs."""

import click
from flask import Flask
from flask.cli import AppGroup

from ticketing.ops.cli import with_database
from ticketing.service_levels.candidates import count_batches
from ticketing.service_levels.recounting import find_mismatches, recompute

group = AppGroup("sla", help="Service levels.")


@group.command("recompute")
@with_database
def recompute_all() -> None:
    """Count the targets of tickets from their logs; store what differs."""
    number, batches = count_batches()
    wrong: list[int] = []
    with click.progressbar(length=number, label="Counting tickets") as progress:
        for ids in batches:
            if found := find_mismatches(ids):
                wrong += recompute(found)
            progress.update(len(ids))
    differed = f"{len(wrong)} differed and {'is' if len(wrong) == 1 else 'are'} mended"
    click.echo(f"Counted {number} tickets: {differed if wrong else 'none differed'}.")


def init_app(app: Flask) -> None:
    """Add the command to the application."""
    app.cli.add_command(group)
