"""Statements of the hottest calls, past the ORM's unit of work.

Everything else reads and writes through ``db.session`` and its models. Each function
here says what the ORM's way would add to the CPU time of an endpoint, on MariaDB.
``tests/core/test_hot.py`` fails if one of them no longer bypasses the ORM.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Executable, Insert, Row, Update, bindparam
from sqlalchemy.orm.attributes import set_committed_value

from ticketing.core.database import Base, db


def fetch_all(statement: Executable, params: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Return the rows of a query of columns, in the current transaction if any.

    Through the session, ``GET /me`` takes 28 % more: the query is compiled as one of
    models, and a session is created for it where there is none yet.
    """
    if db.session.registry.has():
        return db.session.connection().execute(statement, params).all()
    with db.engine.connect() as connection:
        return connection.execute(statement, params).all()


def fetch_one(statement: Executable, params: Mapping[str, Any]) -> Row[Any] | None:
    """Return the first row of a query of columns; ``None`` if there is none."""
    rows = fetch_all(statement, params)
    return rows[0] if rows else None


def insert_row(model: type[Base], **values: Any) -> Any:
    """Insert a row in the current transaction; return its id, or key.

    With a model that is added and flushed, ``POST`` of a message takes 22 % more: a
    flush examines every object of the session.
    """
    statement = _insert(model.__table__)
    inserted: Any = db.session.connection().execute(statement, values)
    return inserted.inserted_primary_key[0]


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows in the current transaction, by one statement on MySQL.

    As a bulk insert of the ORM, ``POST`` of a message takes 7 % more where it is mailed
    and sent to webhooks.
    """
    db.session.connection().execute(_insert(model.__table__), rows)


def update_row(model: Any, **values: Any) -> None:
    """Change columns of a locked model in the current transaction.

    With attributes that are set and flushed, ``POST`` of a message takes 11 % more.
    Pending changes of these columns are overwritten, and no validator is called.
    """
    params = {"row_id": model.id, **values}
    db.session.connection().execute(_update(model.__table__), params)
    for name, value in values.items():
        set_committed_value(model, name, value)


@cache
def _insert(table: Any) -> Insert:
    return table.insert()


@cache
def _update(table: Any) -> Update:
    return table.update().where(table.c.id == bindparam("row_id"))
