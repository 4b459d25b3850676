"""The command that erases users after a restore."""

import click
from flask import Flask
from flask.cli import AppGroup

from ticketing.accounts.closing import close_again
from ticketing.core.errors import TicketingError
from ticketing.ops.cli import with_database
from ticketing.people import service

group = AppGroup("users", help="The data of users.")


@group.command("erase")
@click.argument("ids", metavar="ID...", nargs=-1, required=True, type=int)
@with_database
def erase(ids: tuple[int, ...]) -> None:
    """Close accounts, and erase the data of their users; it may be repeated.

    A backup still has the data that was erased after it was made. The ids of those
    users are in the audit log, in the lines "account closed".
    """
    failures = []
    with click.progressbar(ids, label="Erasing") as bar:
        for user_id in bar:
            try:
                close_again(user_id)
                service.erase(user_id)
            except TicketingError as error:
                failures.append(f"User {user_id}: {error.message}")
    if failures:
        raise click.ClickException("\n".join(failures))
    click.echo(f"Erased {len(ids)} users.")


def init_app(app: Flask) -> None:
    """Add the command to the application."""
    app.cli.add_command(group)
