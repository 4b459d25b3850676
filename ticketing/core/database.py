"""The database handle, the declarative base, the one kind of timestamp.

SQLite and MySQL are made to behave alike: a query sees what is committed when its
transaction (SQLite) or it (MySQL) begins, writers queue, foreign keys hold.
"""

import enum
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
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
    Executable,
    Insert,
    Integer,
    MetaData,
    Row,
    Update,
    bindparam,
    event,
    make_url,
)
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.types import TypeDecorator

from ticketing.core.mysql import READERS, SparingConnection


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime, kept to the microsecond in a column without a zone."""

    impl = DateTime().with_variant(DATETIME(fsp=6), "mysql")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> Any:
        return value and value.replace(tzinfo=UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return what makes it of what the driver read: of PyMySQL's, it is made."""
        if dialect.driver == "pymysql":
            return None
        return super().result_processor(dialect, coltype)

    @property
    def python_type(self) -> type[datetime]:
        return datetime


class Base(DeclarativeBase):
    """Base of every model: named constraints, enums stored by value, UTC times."""

    # One registry, spelled out: Flask-SQLAlchemy 3.1 copies this class's namespace,
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
            # An alias of the row id on SQLite, which numbers only what is an INTEGER.
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


# Objects stay readable after commit: a use case returns exactly what it committed.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


# Flask-SQLAlchemy makes ``db.Model`` at run time, where mypy cannot follow.
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


# Ids are never used twice, and text compares by code point, as in Python.
TABLE_OPTIONS = {
    "sqlite_autoincrement": True,
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def init_app(app: Flask, migrates: bool = False) -> None:
    """Attach the database; where that is a file, make the directory it is to be in.

    :param migrates: whether ``flask db`` is to be there, which takes 11 MB.
    """
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    with app.app_context():
        begin_by_itself(db.engine)
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
    """Return what texts have in common that differ in case or Unicode width only."""
    narrow = (normalize("NFKC", c) if _has_other_width(c) else c for c in text)
    return normalize("NFC", normalize("NFC", "".join(narrow)).casefold())


def _has_other_width(character: str) -> bool:
    return decomposition(character).startswith(("<wide>", "<narrow>"))


def _created_at(context: Any) -> datetime:
    return context.get_current_parameters()["created_at"]


class Timestamps:
    """When a row was created, and when it was last changed."""

    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=_created_at)


def begin_writing() -> None:
    """Begin a transaction; on SQLite, with the write lock in hand.

    What the session has read so far is forgotten, and read again inside. SQLite cannot
    turn a transaction that has read into one that writes once another has written:
    "database is locked", at once, whatever the timeout.
    """
    db.session.rollback()
    connection = db.session.connection(execution_options={"writes": True})
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("BEGIN")


def read(statement: Executable, bound: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Return the rows of a query of columns, past the session, which is for models.

    Where there is a session, it is asked in its transaction; where there is none, to
    make one would take longer than the query.
    """
    if db.session.registry.has():
        return db.session.connection().execute(statement, bound).all()
    with db.engine.connect() as connection:
        return connection.execute(statement, bound).all()


def read_one(statement: Executable, bound: Mapping[str, Any]) -> Row[Any] | None:
    """Return the first row of a query, as ``read`` does; ``None`` if there is none."""
    rows = read(statement, bound)
    return rows[0] if rows else None


def insert(model: type[Base], **values: Any) -> Any:
    """Insert a row at once, in the current transaction; return its id, or key.

    The session, which would look at everything it holds, takes five times as long.
    """
    inserted: Any = db.session.connection().execute(_inserting(model.__table__), values)
    return inserted.inserted_primary_key[0]


def change(model: Any, **values: Any) -> None:
    """Change columns of a model that is locked, at once, in the current transaction.

    Like ``insert``, it is past the session, for reasons of time: what is pending of
    those columns is overwritten, and no validator is asked.
    """
    bound = {"row_id": model.id, **values}
    db.session.connection().execute(_changing(model.__table__), bound)
    for name, value in values.items():
        set_committed_value(model, name, value)


@cache
def _inserting(table: Any) -> Insert:
    return table.insert()


@cache
def _changing(table: Any) -> Update:
    return table.update().where(table.c.id == bindparam("row_id"))


@event.listens_for(Engine, "do_connect")
def _connect(dialect: Dialect, record: object, args: Any, options: Any) -> Any:
    """Connect, on MySQL so that a statement commits by itself, unless begun to write.

    What only reads then needs nothing to begin or end it.
    """
    if dialect.driver == "pymysql":
        return SparingConnection(*args, autocommit=True, conv=READERS, **options)
    return None  # connected by default


@event.listens_for(Engine, "connect")
def _set_up(connection: Any, record: object) -> None:
    statements = ["SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"]
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # the driver begins nothing; _begin does
        statements = [
            "PRAGMA busy_timeout = 15000",  # first: changing to WAL may have to wait
            "PRAGMA journal_mode = WAL",  # readers and the one writer do not collide
            "PRAGMA synchronous = FULL",  # what was acknowledged survives a power cut
            "PRAGMA foreign_keys = ON",
        ]
        # SQLite's own UPPER knows ASCII only.
        connection.create_function("upper", 1, _upper, deterministic=True)
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _upper(text: str | None) -> str | None:
    return text and text.upper()


def begin_by_itself(engine: Engine) -> None:
    """Have SQLite begin a transaction, which its driver leaves to us.

    Of this engine alone: where any of all engines is listened to, each statement takes
    a tenth longer to execute.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "begin", _begin)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
