"""Read the database of the Laravel system, whose values may be invalid."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, inspect, text

from ticketing.core.database import LARGEST_ID, emit_begin
from ticketing.moving.databases import CannotMoveError, file_of, opened, reading
from ticketing.moving.findings import Findings

PAGE_SIZE = 200  # rows
# Columns that the database must have; others are optional, or are not read.
COLUMNS = {
    "users": {"id", "name", "email", "password", "role"},
    "categories": {"id", "name"},
    "tickets": {"id", "user_id", "category_id", "subject", "description"},
    "comments": {"id", "ticket_id", "user_id", "content"},
    "messages": {"id", "ticket_id", "user_id", "message"},
}
FALSE = {"", "0", "f", "false", "n", "no"}

Record = Mapping[str, Any]


@contextmanager
def opened_laravel(url: str) -> Iterator[Connection]:
    """Open the database of the Laravel system, to read a snapshot of it.

    :raises CannotMoveError: it does not have the tables and columns that are needed.
    """
    with _engine(url) as engine, reading(engine) as connection:
        _require_columns(connection)
        yield connection


def count_records(connection: Connection, table: str) -> int:
    """Return the number of rows of a table."""
    return connection.scalars(text(f"SELECT COUNT(*) FROM {table}")).one()


def read_records(
    connection: Connection, table: str, findings: Findings, max_id: int = LARGEST_ID
) -> Iterator[list[Record]]:
    """Yield all rows that have an id, in pages, in the order of their ids.

    Pages may be empty. An ``id`` is an integer from 1 to ``max_id``, and unique.
    """
    query = f"SELECT * FROM {table} {{}} ORDER BY id LIMIT {PAGE_SIZE}"
    first = text(query.format("WHERE id IS NOT NULL"))
    page = connection.execute(first).mappings().all()
    last_id = 0
    while page:
        records: list[Record] = []
        for row in page:
            row_id = integer_of(row["id"])
            if not row_id or not last_id < row_id <= max_id:
                findings.add(f"{table} left out, with an unusable id", row["id"])
                continue
            last_id = row_id
            records.append({**row, "id": row_id})
        yield records
        after = text(query.format("WHERE id > :last"))
        page = connection.execute(after, {"last": page[-1]["id"]}).mappings().all()


def text_of(value: object) -> str:
    """Return a value as trimmed text that can be stored; NULL is an empty text."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    return str(value).replace("\0", "").encode(errors="replace").decode().strip()


def integer_of(value: object) -> int | None:
    """Return a value as an integer, if it is one."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:30])
    return value if isinstance(value, int) else None


def is_true(value: object) -> bool:
    """Return whether a value, such as a TINYINT, means true."""
    return text_of(value).casefold() not in FALSE


def times_of(row: Record, now: datetime) -> tuple[datetime, datetime]:
    """Return when a row was created and updated, in UTC.

    A time that is missing or invalid is replaced by the other one, or else by ``now``.
    """
    created, updated = time_of(row.get("created_at")), time_of(row.get("updated_at"))
    return created or updated or now, updated or created or now


def time_of(value: object) -> datetime | None:
    """Return a time in UTC, in which Laravel stores it, if the value is one."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
        if not isinstance(found, datetime) or not 1000 <= found.year <= 9998:
            return None
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    """Open a database; an SQLite file is opened read-only, whatever its texts are."""
    file = file_of(url)
    if not file:
        with opened(url) as engine:
            yield engine
        return

    def connect() -> sqlite3.Connection:
        path = f"file:{quote(str(file))}?mode=ro"
        connection = sqlite3.connect(path, uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        connection.text_factory = lambda given: given.decode(errors="replace")
        return connection

    engine = create_engine("sqlite://", creator=connect)
    emit_begin(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def _require_columns(connection: Connection) -> None:
    tables = set(inspect(connection).get_table_names())
    for table, needed in COLUMNS.items():
        found: set[str] = set()
        if table in tables:
            any_row = connection.execute(text(f"SELECT * FROM {table} LIMIT 1"))
            found = set(any_row.keys())
        if lacking := sorted(needed - found):
            raise CannotMoveError(
                f"It is not a database of the Laravel system: the table {table} lacks "
                f"{', '.join(lacking)}."
            )
