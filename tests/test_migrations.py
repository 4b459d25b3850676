"""The migrations make what the models say, and undo it again."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine, create_engine, insert, inspect, make_url, select, text

from ticketing.core.database import emit_begin, db

CATEGORIES = db.metadata.tables["categories"]
MIGRATIONS = str(Path(__file__).parents[1] / "migrations")


@pytest.fixture
def make_database(app, settings, tmp_path) -> Iterator:
    """Make another, empty database of the kind under test."""
    url = make_url(settings["SQLALCHEMY_DATABASE_URI"])
    on_server = url.get_backend_name() != "sqlite"
    engines: list[Engine] = []

    def run(statement):
        with app.app_context(), db.engine.connect() as connection:
            connection.execute(text(statement))

    def make_database() -> Engine:
        name = f"{url.database}_{uuid4().hex[:8]}" if on_server else ""
        if on_server:
            run(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        place = name or str(tmp_path / f"{len(engines)}.db")
        engines.append(create_engine(url.set(database=place)))
        emit_begin(engines[-1])
        return engines[-1]

    yield make_database
    for engine in engines:
        engine.dispose()
        if on_server:
            run(f"DROP DATABASE `{engine.url.database}`")


@pytest.fixture
def engine(app, make_database, monkeypatch) -> Iterator[Engine]:
    """Another, empty database, in the place of the application's own."""
    engine = make_database()
    with app.app_context():
        monkeypatch.setitem(db.engines, None, engine)
        yield engine


def tables(engine):
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def described(engine):
    """Return all that a database knows of its tables, to be compared."""
    inspector = inspect(engine)
    return {
        table: {
            "columns": {
                column["name"]: (
                    repr(column["type"]),
                    column["nullable"],
                    column["default"],
                    column.get("autoincrement"),
                )
                for column in inspector.get_columns(table)
            },
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "references": _sorted(inspector.get_foreign_keys(table), "options"),
            "indexes": _sorted(inspector.get_indexes(table)),
            "unique": _sorted(inspector.get_unique_constraints(table)),
            "checks": _sorted(inspector.get_check_constraints(table)),
            "options": {
                name: value
                for name, value in inspector.get_table_options(table).items()
                if "auto_increment" not in name.lower()
            },
        }
        for table in tables(engine)
    }


def _sorted(found, *also):
    plain = ("name", "column_names", "unique", "constrained_columns", "sqltext")
    where = ("referred_table", "referred_columns", *also)
    return sorted(str([one.get(name) for name in plain + where]) for one in found)


def test_there_is_nothing_left_to_migrate(engine):
    upgrade(MIGRATIONS)

    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, db.metadata)
    assert differences == []
    assert tables(engine) == set(db.metadata.tables)


def test_what_was_migrated_is_what_the_models_would_create(engine, make_database):
    created = make_database()
    db.metadata.create_all(created)

    upgrade(MIGRATIONS)

    assert described(engine) == described(created)


def test_it_goes_all_the_way_down_and_up_again(engine):
    upgrade(MIGRATIONS)
    first = described(engine)

    downgrade(MIGRATIONS, revision="base")
    left = tables(engine)
    upgrade(MIGRATIONS)

    assert left == set()
    assert described(engine) == first


def test_each_step_goes_down_and_up_again(engine):
    steps = list(ScriptDirectory(MIGRATIONS).walk_revisions())
    before = []

    for step in reversed(steps):
        before.append(described(engine))
        upgrade(MIGRATIONS, revision=step.revision)
    for step, state in zip(steps, reversed(before), strict=True):
        downgrade(MIGRATIONS, revision=step.down_revision or "base")
        assert described(engine) == state


def test_there_is_one_line_of_descent():
    scripts = ScriptDirectory(MIGRATIONS)

    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1


def test_text_is_kept_whole_and_compared_by_code_point(engine):
    names = ["jose", "José", "josé", "\U0001f525"]
    upgrade(MIGRATIONS)

    with engine.begin() as connection:
        for name in names:  # their keys and slugs are unique
            keys = {"name": name, "name_key": name, "slug": name}
            connection.execute(insert(CATEGORIES).values(**keys))
        found = connection.scalars(select(CATEGORIES.c.name)).all()

    assert sorted(found) == sorted(names)


def test_every_foreign_key_has_an_index(engine):
    upgrade(MIGRATIONS)

    inspector = inspect(engine)
    for table in tables(engine):
        key = inspector.get_pk_constraint(table)["constrained_columns"]
        leading = {index["column_names"][0] for index in inspector.get_indexes(table)}
        for reference in inspector.get_foreign_keys(table):
            [column] = reference["constrained_columns"]
            assert column in leading | {key[0]}, f"{table}.{column}"
