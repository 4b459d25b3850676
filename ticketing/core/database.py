"""The database handle, the declarative base, the one kind of timestamp.

SQLite and MySQL are made to behave alike: a query sees what is committed when its
transaction (SQLite) or it (MySQL) begins, writers queue, foreign keys hold.
"""

import enum
import sqlite3
from datetime import UTC, datetime, timedelta
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
    Integer,
    MetaData,
    event,
    make_url,
)
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.types import TypeDecorator


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime, kept to the microsecond in a column without a zone."""

    impl = DateTime().with_variant(DATETIME(fsp=6), "mysql", "mariadb")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> Any:
        return value and value.replace(tzinfo=UTC)

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


def prepare(app: Flask) -> None:
    """Make the directory of a database that is a file."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


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
    """Begin a transaction that will write; on SQLite, with the write lock in hand.

    What the session has read so far (the caller, mostly) is forgotten, and read again
    inside. SQLite cannot turn a transaction that has read into one that writes once
    another has written: "database is locked", at once, whatever the timeout.
    """
    db.session.rollback()
    db.session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})


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


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")
