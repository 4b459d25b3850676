"""Read the rows of any table in bounded memory, and compute its checksum.

Values are read as they are stored, so that those of later versions are kept, too.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Enum,
    MetaData,
    Row,
    String,
    Table,
    Text,
    and_,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from ticketing.core.database import UTCDateTime

PAGE_SIZE = 2000  # rows of a query
BATCH_SIZE = 500  # rows in memory
BATCH_CHARACTERS = 1_000_000  # of their texts
MODULUS = 2**128
ENCODER = json.JSONEncoder(default=str, sort_keys=True)


@dataclass
class Checksum:
    """The number of rows, and a checksum that does not depend on their order.

    It is the same in every database: it is computed from Python's values, and for JSON
    documents does not depend on the order of their keys.
    """

    rows: int = 0
    total: int = 0

    def add(self, table: Table, rows: Sequence[Row[Any]]) -> None:
        """Add rows of a table."""
        documents = [
            place
            for place, column in enumerate(table.columns)
            if column.info.get("is_json")
        ]
        for row in rows:
            values = list(row)
            for place in documents:
                values[place] = _document(values[place])
            digest = blake2b(ENCODER.encode(values).encode(), digest_size=16).digest()
            self.total = (self.total + int.from_bytes(digest)) % MODULUS
        self.rows += len(rows)


def as_stored(table: Table) -> Table:
    """Return a copy of a table whose values are read as texts, numbers and times."""
    columns = (
        Column(
            column.name,
            _as_stored(column.type),
            primary_key=column.primary_key,
            info={"is_json": isinstance(column.type, JSON)},
        )
        for column in table.columns
    )
    return Table(table.name, MetaData(), *columns)


def count_rows(connection: Connection, table: Table) -> int:
    """Return the number of rows of a table."""
    return connection.scalars(select(func.count()).select_from(table)).one()


def read_batches(connection: Connection, table: Table) -> Iterator[list[Row[Any]]]:
    """Yield all rows in batches, in the order of the primary key."""
    key = [*table.primary_key.columns]
    query = select(table).order_by(*key).limit(PAGE_SIZE)
    streamed = connection.execution_options(stream_results=True)
    last: Row[Any] | None = None
    while True:
        found = 0
        page = streamed.execute(query.where(_after(key, last)))
        for batch in _batches(page):
            found, last = found + len(batch), batch[-1]
            yield batch
        if found < PAGE_SIZE:
            return


def _document(value: Any) -> list[Any] | None:
    """Return a JSON document in a list, so that JSON's null differs from NULL.

    SQLite has no type for JSON, and stores a number as a number.
    """
    if value is None:
        return None
    return [json.loads(value) if isinstance(value, str) else value]


def _batches(rows: Any) -> Iterator[list[Row[Any]]]:
    batch: list[Row[Any]] = []
    characters = 0
    for row in rows:
        batch.append(row)
        characters += sum(len(value) for value in row if isinstance(value, str))
        if len(batch) == BATCH_SIZE or characters > BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _after(key: Sequence[Column[Any]], last: Row[Any] | None) -> ColumnElement[bool]:
    """Return the criterion of the rows whose key is greater than that of the last one.

    Its first part is redundant, but can use an index.
    """
    if last is None:
        return true()
    values = [last._mapping[column.name] for column in key]
    same = [column == value for column, value in zip(key, values)]
    greater = (
        and_(*same[:place], column > value)
        for place, (column, value) in enumerate(zip(key, values))
    )
    return and_(key[0] >= values[0], or_(*greater))


def _as_stored(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, TypeDecorator) and not isinstance(kind, UTCDateTime):
        kind = kind.impl_instance
    if isinstance(kind, Enum):
        return String()
    return Text() if isinstance(kind, JSON) else kind
