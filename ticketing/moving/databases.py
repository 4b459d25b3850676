"""Open databases other than the application's own, and check their contents."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    create_engine,
    inspect,
    make_url,
    select,
    text,
)

from ticketing.core.database import LARGEST_ID, db, emit_begin

MIGRATIONS = Path(__file__).parents[2] / "migrations"
VERSIONS = "alembic_version"  # the table of the revision
SEARCH_INDEX = "search_index"  # on SQLite, which prefixes tables of its own with it

# A function of a label and a number of steps. The context manager that it returns
# yields a function that is called with the number of steps done.
Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


class CannotMoveError(Exception):
    """Something cannot be moved; the message says why, in a sentence."""


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Open the database of a URL, which may be another one than the application's.

    The file of SQLite is created if it does not exist.
    """
    parsed = make_url(url)
    if file := file_of(url):
        file.parent.mkdir(parents=True, exist_ok=True)
        parsed = parsed.set(database=str(file))
    engine = create_engine(parsed, hide_parameters=True)
    emit_begin(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def file_of(url: str) -> Path | None:
    """Return the file of an SQLite database, ``None`` for another one.

    A relative path is resolved like that of ``DATABASE_URL``.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    return Path(current_app.instance_path) / (parsed.database or "")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Read a snapshot of a database, taken at the beginning of the block."""
    with engine.connect() as connection:
        connection.detach()  # it is not used again: its isolation differs
        if engine.dialect.name != "sqlite":
            for statement in (
                "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
            ):
                connection.exec_driver_sql(statement)
        else:
            connection.execute(text("SELECT 1 FROM sqlite_schema LIMIT 1")).all()
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Write to a database in one transaction: after a failure, nothing is changed."""
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name != "sqlite":
            # Rows that a killed attempt wrote stay locked until the server has rolled
            # back its transaction.
            connection.exec_driver_sql("SET SESSION innodb_lock_wait_timeout = 86400")
            connection.exec_driver_sql("BEGIN")
        yield connection


def require_revision(engine: Engine, name: str) -> None:
    """Check that a database has the tables of this version.

    :param name: the name of the database in the message.
    :raises CannotMoveError: it has other ones.
    """
    found, wanted = _revision(engine), _newest_revision()
    if found != wanted:
        raise CannotMoveError(
            f"{name} is at revision {found or 'none'}, and this version needs "
            f"{wanted}: run flask db upgrade on it."
        )


def require_empty(engine: Engine, name: str) -> None:
    """Check that no table of a database has a row, except that of its revision.

    :param name: the name of the database in the message.
    :raises CannotMoveError: one has.
    """
    if table := _filled_table(engine):
        raise CannotMoveError(f"{name} must be empty, but its table {table} has rows.")


def require_other(source: Engine, target: Engine) -> None:
    """Check that two databases are not the same one.

    :raises CannotMoveError: they are.
    """
    if _identity(source) == _identity(target):
        raise CannotMoveError("The target is the same database as the source.")


def migrate_if_new(engine: Engine) -> None:
    """Create the tables of this version in a database that has no rows.

    A process that was killed while it created them may have left some of them.

    :raises CannotMoveError: it has tables that are not this application's.
    """
    found = _tables_of(engine)
    ours = {VERSIONS, *db.metadata.tables}
    others = {name for name in found - ours if not name.startswith(SEARCH_INDEX)}
    if others or (found and VERSIONS not in found):
        raise CannotMoveError("The target has tables of something else.")
    if _revision(engine) != _newest_revision() and not _filled_table(engine):
        _drop_all(engine)
        migrate = current_app.extensions["migrate"].migrate
        config = migrate.get_config(str(MIGRATIONS))
        config.attributes["engine"] = engine
        command.upgrade(config, "head")


def next_ids(connection: Connection) -> dict[str, int]:
    """Return the id that the next row of each table will have, by the table's name.

    It is greater than all ids used before, also those of deleted rows.
    """
    if connection.dialect.name == "sqlite":
        known = inspect(connection).has_table("sqlite_sequence")
        query = "SELECT name, seq + 1 FROM sqlite_sequence" if known else ""
    else:
        if not getattr(connection.dialect, "is_mariadb", False):
            # Otherwise MySQL returns numbers that it has cached for up to a day.
            connection.exec_driver_sql("SET SESSION information_schema_stats_expiry=0")
        query = (
            "SELECT table_name, auto_increment FROM information_schema.tables "
            "WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL"
        )
    rows = connection.execute(text(query)) if query else ()
    return {name: int(number) for name, number in rows}


def raise_next_ids(engine: Engine, numbers: dict[str, int]) -> None:
    """Make new rows have at least these ids; the tables are still empty.

    MySQL commits at each of these statements.
    """
    known = {
        name: min(numbers[name], LARGEST_ID)
        for name in set(db.metadata.tables) & set(numbers)
    }
    with engine.execution_options(writes=True).begin() as connection:
        for name, number in sorted(known.items()):
            if engine.dialect.name != "sqlite":
                connection.exec_driver_sql(
                    f"ALTER TABLE `{name}` AUTO_INCREMENT = {number}"
                )
                continue
            values = {"name": name, "seq": number - 1}
            for statement in (
                "DELETE FROM sqlite_sequence WHERE name = :name",
                "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)",
            ):
                connection.execute(text(statement), values)


def _filled_table(engine: Engine) -> str | None:
    """Return the name of a table of ours that has a row; ``None`` if none has."""
    with engine.connect() as connection:
        for table in sorted(_tables_of(engine) & set(db.metadata.tables)):
            any_row = select(text("1")).select_from(db.metadata.tables[table]).limit(1)
            if connection.scalar(any_row):
                return table
    return None


def _drop_all(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {SEARCH_INDEX}")
        tables = MetaData()
        tables.reflect(connection)
        tables.drop_all(connection)


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _newest_revision() -> str | None:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _tables_of(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def _identity(engine: Engine) -> tuple[str, ...]:
    if engine.dialect.name == "sqlite":
        return (str(Path(engine.url.database or "").resolve()),)
    with engine.connect() as connection:
        query = "SELECT @@hostname, @@port, @@datadir, DATABASE()"
        return tuple(map(str, connection.execute(text(query)).one()))
