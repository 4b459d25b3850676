"""Copy everything into another database of any kind."""

from sqlalchemy import Connection, Engine, Table

from ticketing.core.database import db
from ticketing.moving.databases import (
    CannotMoveError,
    Progress,
    migrate_if_new,
    next_ids,
    raise_next_ids,
    reading,
    require_empty,
    require_other,
    require_revision,
    writing,
)
from ticketing.moving.rows import Checksum, as_stored, count_rows, read_batches

Checksums = dict[str, Checksum]


def copy_database(source: Engine, target: Engine, progress: Progress) -> Checksums:
    """Copy every row, and compare both databases; return the checksum of each table.

    All rows are written in one transaction: whatever ends it, the target has either no
    row or all of them.

    :raises CannotMoveError: a database is not fit for it, the source was written to
        meanwhile, or the copy differs from the source.
    """
    tables = [as_stored(table) for table in db.metadata.sorted_tables]
    require_revision(source, "The source")
    require_other(source, target)
    migrate_if_new(target)
    require_revision(target, "The target")
    require_empty(target, "The target")
    with reading(source) as reader:
        raise_next_ids(target, next_ids(reader))
        with writing(target) as writer:
            copied = {
                table.name: _copy(table, reader, writer, progress) for table in tables
            }
            _require_equal(copied, _checksums(tables, writer, "Verifying", progress))
            _require_unchanged(source, tables, copied, progress)
    return copied


def _copy(
    table: Table, reader: Connection, writer: Connection, progress: Progress
) -> Checksum:
    checksum, insertion = Checksum(), table.insert()
    count = count_rows(reader, table)
    if not count:
        return checksum
    with progress(f"Copying {table.name}", count) as advance:
        for rows in read_batches(reader, table):
            writer.execute(insertion, [dict(row._mapping) for row in rows])
            checksum.add(table, rows)
            advance(len(rows))
    return checksum


def _checksums(
    tables: list[Table], connection: Connection, verb: str, progress: Progress
) -> Checksums:
    checksums = {table.name: Checksum() for table in tables}
    counts = {table.name: count_rows(connection, table) for table in tables}
    with progress(verb, sum(counts.values())) as advance:
        for table in tables:
            for rows in read_batches(connection, table):
                checksums[table.name].add(table, rows)
                advance(len(rows))
    return checksums


def _require_equal(copied: Checksums, found: Checksums) -> None:
    different = [name for name in copied if copied[name] != found[name]]
    if different:
        raise CannotMoveError(
            f"The copy differs from the source in {', '.join(different)}; nothing of "
            "it was kept."
        )


def _require_unchanged(
    source: Engine, tables: list[Table], copied: Checksums, progress: Progress
) -> None:
    with reading(source) as reader:
        found = _checksums(tables, reader, "Comparing with the source", progress)
    changed = [name for name in copied if copied[name] != found[name]]
    if changed:
        raise CannotMoveError(
            f"The source was written to meanwhile ({', '.join(changed)}); nothing of "
            "the copy was kept. Stop every process of the service, its workers too, "
            "and begin again."
        )
