"""Fixtures for other databases, to copy to and to import from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pymysql
import pytest
from click.testing import Result
from laravel_database import SERVER, LaravelDatabase
from sqlalchemy import Engine, create_engine, make_url

from ticketing.core.database import db, emit_begin


@pytest.fixture
def run(app) -> Callable[..., Result]:
    """Run a command."""
    runner = app.test_cli_runner()
    return lambda *args: runner.invoke(args=[*map(str, args)])


@pytest.fixture
def make_url_of(settings, tmp_path) -> Iterator[Callable[[str], str]]:
    """Create an empty database on SQLite or the server under test; return its URL."""
    url = make_url(settings["SQLALCHEMY_DATABASE_URI"])
    names: list[str] = []

    def execute(statement: str) -> None:
        connection = pymysql.connect(
            host=url.host,
            port=url.port or 3306,
            user=url.username,
            password=url.password or "",
        )
        connection.cursor().execute(statement)
        connection.close()

    def make_url_of(kind: str) -> str:
        name = f"{uuid4().hex[:8]}"
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / name}.db"
        names.append(f"{url.database}_{name}")
        execute(f"CREATE DATABASE `{names[-1]}` CHARACTER SET utf8mb4")
        return url.set(database=names[-1]).render_as_string(hide_password=False)

    yield make_url_of
    for name in names:
        execute(f"DROP DATABASE `{name}`")


@pytest.fixture(
    params=["sqlite", *(pytest.param(kind, marks=pytest.mark.slow) for kind in SERVER)]
)
def other_url(request, make_url_of) -> str:
    """The URL of an empty database of either kind."""
    return make_url_of(request.param)


@pytest.fixture
def engine_of() -> Iterator[Callable[[str], Engine]]:
    """Open a database."""
    engines: list[Engine] = []

    def engine_of(url: str) -> Engine:
        engines.append(create_engine(url))
        emit_begin(engines[-1])
        return engines[-1]

    yield engine_of
    for engine in engines:
        engine.dispose()


@pytest.fixture
def serving(app, engine_of) -> Callable:
    """Let the application use another database during a block."""

    @contextmanager
    def serving(url: str) -> Iterator[None]:
        with app.app_context():
            engines, own = db.engines, db.engines[None]
        engines[None] = engine_of(url)
        try:
            yield
        finally:
            engines[None] = own

    return serving


@pytest.fixture
def laravel(other_url) -> Iterator[LaravelDatabase]:
    """A database of the Laravel system, without a row."""
    database = LaravelDatabase(other_url)
    yield database
    database.close()


@pytest.fixture
def lax_laravel(make_url_of) -> Iterator[LaravelDatabase]:
    """The same on SQLite, without the constraints that refuse invalid values."""
    database = LaravelDatabase(make_url_of("sqlite"))
    yield database
    database.close()
