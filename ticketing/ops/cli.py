"""Commands that need the database, and their message when it fails."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import inspect
from sqlalchemy.exc import ProgrammingError

from ticketing.core.database import db
from ticketing.core.errors import OUTAGES


def with_database(command: Callable[..., None]) -> Callable[..., None]:
    """Decorate a command that needs the database.

    It runs in the application's context; a failing database is reported in a sentence.
    """

    @with_appcontext
    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (*OUTAGES, ProgrammingError) as error:
            raise click.ClickException(_explanation(error)) from error

    return run


def _explanation(error: Exception) -> str:
    try:
        found = inspect(db.engine).get_table_names()
    except OUTAGES:
        return "The database does not answer."
    if set(found) >= set(db.metadata.tables):
        return f"The database cannot do it: {getattr(error, 'orig', error)}."
    return "The database has no tables yet: run flask db upgrade."
