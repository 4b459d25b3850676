"""The command that proves and mends what is stored of targets."""

import click
from flask import Flask
from flask.cli import AppGroup

from ticketing.ops.cli import with_database
from ticketing.service_levels import service
from ticketing.service_levels.recounting import recompute, suspects

group = AppGroup("sla", help="Service levels.")


@group.command("recompute")
@with_database
def recompute_all() -> None:
    """Count the targets of tickets from their logs; mend what differs."""
    number, batches = service.count_batches()
    wrong: list[int] = []
    with click.progressbar(length=number, label="Counting tickets") as progress:
        for ids in batches:
            if found := suspects(ids):
                wrong += recompute(found)
            progress.update(len(ids))
    differed = f"{len(wrong)} differed and {'is' if len(wrong) == 1 else 'are'} mended"
    click.echo(f"Counted {number} tickets: {differed if wrong else 'none differed'}.")


def init_app(app: Flask) -> None:
    """Add the command to the application."""
    app.cli.add_command(group)
