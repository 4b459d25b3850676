"""The database handle, the declarative base, column types, engine set-up.

SQLite and MySQL behave alike here. A query sees what is committed when its transaction
(SQLite) or the query itself (MySQL) begins; writers queue; foreign keys are enforced.
"""

import enum
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from unicodedata import decomposition, normalize

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    event,
)
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.types import TypeDecorator

from ticketing.core import mysql

LARGEST_ID = 2**63 - 1
BUSY_TIMEOUT = "PRAGMA busy_timeout = 15000"  # of SQLite, in ms


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime, stored to the microsecond in a column without a zone."""

    impl = DateTime().with_variant(DATETIME(fsp=6), "mysql")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return the converter of the driver's values; ``core.mysql`` needs none."""
        return None if dialect.driver == "pymysql" else _time_in_sqlite

    @property
    def python_type(self) -> type[datetime]:
        return datetime


def _time_in_sqlite(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


class Base(DeclarativeBase):
    """Base of every model: named constraints, enums stored by value, UTC times."""

    # An explicit registry: Flask-SQLAlchemy 3.1 copies this class's namespace,
    # where SQLAlchemy refuses a registry beside a bare ``type_annotation_map``.
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "pk": "pk_%(table_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s",
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
            }
        ),
        type_annotation_map={
            # INTEGER on SQLite, the only type that it numbers automatically.
            int: BigInteger().with_variant(Integer, "sqlite"),
            datetime: UTCDateTime,
            enum.StrEnum: Enum(
                enum.StrEnum,
                native_enum=False,
                length=20,
                values_callable=lambda kind: [member.value for member in kind],
            ),
        },
    )


db = SQLAlchemy(
    model_class=Base,
    # Objects stay readable after commit: a use case returns exactly what it committed.
    session_options={"expire_on_commit": False},
    # JSON is stored as UTF-8: \u escapes would take up to 3 times the space.
    engine_options={"json_serializer": partial(json.dumps, ensure_ascii=False)},
)


# Flask-SQLAlchemy makes ``db.Model`` at run time, where mypy cannot follow.
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


# Ids are never reused, and text compares by code point, as in Python.
TABLE_OPTIONS = {
    "sqlite_autoincrement": True,
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def init_app(app: Flask, migrates: bool = False) -> None:
    """Attach the database.

    :param migrates: whether to load ``flask db``, which takes 11 MB of memory.
    """
    db.init_app(app)
    with app.app_context():
        emit_begin(db.engine)
    if migrates:
        from flask_migrate import Migrate

        Migrate(app, db)


def utcnow() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def later_than(then: datetime) -> datetime:
    """Return the current time, or the microsecond after ``then`` if the clock lags."""
    return max(utcnow(), then + timedelta(microseconds=1))


def fold(text: str) -> str:
    """Return a key that texts share if they differ in case or Unicode width only."""
    narrow = (normalize("NFKC", c) if _has_other_width(c) else c for c in text)
    return normalize("NFC", normalize("NFC", "".join(narrow)).casefold())


def _has_other_width(character: str) -> bool:
    return decomposition(character).startswith(("<wide>", "<narrow>"))


def as_created_at(context: Any) -> datetime:
    """Return ``created_at`` of the row to insert, as the default of another column."""
    return context.get_current_parameters()["created_at"]


class Timestamps:
    """Mixin: when a row was created, and when it was last changed."""

    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=as_created_at)


def begin_writing() -> None:
    """Begin a transaction that writes; on SQLite, take the write lock with it.

    The session is rolled back first, so everything is read again inside. On SQLite, a
    transaction that has read and then writes, after another one has written, fails with
    "database is locked" immediately, whatever the timeout.
    """
    db.session.rollback()
    connection = db.session.connection(execution_options={"writes": True})
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("BEGIN")


def error_code(error: DBAPIError) -> object:
    """Return the number of an error of MySQL, or the message of one of SQLite."""
    return error.orig.args[0] if error.orig and error.orig.args else None


def empty_log() -> None:
    """Empty the write-ahead log of an SQLite database, which has what was deleted.

    The pages of the database have it no more; see ``secure_delete``. While others read
    or write, the log stays as it is: to wait for them could block their event loop.
    """
    db.session.rollback()
    with db.engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        if isinstance(driver, sqlite3.Connection):
            driver.execute("PRAGMA busy_timeout = 0")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            driver.execute(BUSY_TIMEOUT)


@event.listens_for(Engine, "do_connect")
def _connect(dialect: Dialect, record: object, args: Any, options: Any) -> Any:
    """Connect to MySQL in autocommit mode: reading needs no BEGIN and no COMMIT.

    ``begin_writing`` sends BEGIN itself.
    """
    if dialect.driver == "pymysql":
        return mysql.Connection(
            *args, autocommit=True, conv=mysql.CONVERSIONS, **options
        )
    return None  # SQLAlchemy connects as usual


@event.listens_for(Engine, "connect")
def _set_up(connection: Any, record: object) -> None:
    statements = [
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        # MySQL cuts off what is longer than 1,024 bytes, without an error.
        "SET SESSION group_concat_max_len = 65536",
    ]
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # the driver sends no BEGIN; _begin does
        if connection.execute("PRAGMA query_only").fetchone() == (1,):
            return  # a file of another application, which is only read
        statements = [
            BUSY_TIMEOUT,  # first: switching to WAL may have to wait
            "PRAGMA journal_mode = WAL",  # readers and the writer do not wait
            "PRAGMA synchronous = FULL",  # acknowledged writes survive a power cut
            "PRAGMA foreign_keys = ON",
            "PRAGMA secure_delete = ON",  # overwrites what is deleted
        ]
        # SQLite's own UPPER knows ASCII only.
        connection.create_function("upper", 1, _upper, deterministic=True)
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _upper(text: str | None) -> str | None:
    return text and text.upper()


def emit_begin(engine: Engine) -> None:
    """Send BEGIN on SQLite, which ``isolation_level = None`` leaves to us.

    The listener is for this engine only: one on the class ``Engine`` makes each
    statement take a tenth longer, on MySQL too.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "begin", _begin)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
