"""The commands that move data."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from marshmallow import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from ticketing.core.database import db
from ticketing.core.errors import TicketingError
from ticketing.moving.copying import copy_database
from ticketing.moving.databases import (
    CannotMoveError,
    next_ids,
    opened,
    raise_next_ids,
    require_empty,
    require_revision,
)
from ticketing.moving.importing import Import
from ticketing.moving.laravel import COLUMNS, opened_laravel
from ticketing.ops.cli import with_database


@contextmanager
def progress(label: str, steps: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar during the block; on a terminal only."""
    with click.progressbar(length=steps, label=label) as bar:
        yield bar.update


@contextmanager
def moving() -> Iterator[None]:
    """Convert an error into a sentence that the command prints."""
    try:
        yield
    except (CannotMoveError, TicketingError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"Nothing was moved: {error}.") from error
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or type(error).__name__
        raise click.ClickException(f"Nothing was moved: {reason}.") from error


def database_url(
    context: click.Context, parameter: click.Parameter, value: str
) -> str:
    """Read the URL of a database, as ``DATABASE_URL`` is read.

    :raises BadParameter: it is not one of a database that is supported.
    """
    import config

    try:
        return config.database_url(value)
    except ValidationError as error:
        raise click.BadParameter(" ".join(map(str, error.messages))) from error


@click.command("copy")
@click.option("--to", "url", required=True, metavar="URL", callback=database_url)
@with_database
def copy(url: str) -> None:
    """Copy everything into an empty database, of any kind.

    Stop the service before.
    """
    with moving(), opened(url) as target:
        copied = copy_database(db.engine, target, progress)
    rows = sum(checksum.rows for checksum in copied.values())
    click.echo(
        f"Copied {rows} rows of {len(copied)} tables; the checksums of all are equal."
    )


@click.command("import-laravel")
@click.option(
    "--database-url", "url", required=True, metavar="URL", callback=database_url
)
@click.option(
    "--storage",
    "directory",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Its storage/app/public.",
)
@with_database
def import_laravel(url: str, directory: Path) -> None:
    """Import everything from the Laravel system into an empty database.

    What cannot be imported is listed.
    """
    with moving():
        require_revision(db.engine, "The database")
        require_empty(db.engine, "The database")
        with opened_laravel(url) as source:
            numbers = next_ids(source)
            known = {name: numbers[name] for name in COLUMNS if name in numbers}
            raise_next_ids(db.engine, known)
            imported = Import(source, directory, progress)
            imported.run()
    listed = ", ".join(f"{count} {table}" for table, count in imported.counts.items())
    click.echo(f"Imported {listed}.")
    for line in imported.findings.lines():
        click.echo(f"- {line}.")


def init_app(app: Flask) -> None:
    """Add the commands to the application."""
    group = app.cli.commands["db"]
    assert isinstance(group, click.Group)  # Flask-Migrate's
    group.add_command(copy)
    app.cli.add_command(import_laravel)
