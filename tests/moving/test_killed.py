"""flask db copy and flask import-laravel, killed in the middle and repeated"""

import os
import subprocess
import sys
from itertools import product

import pytest
import served
from flask_migrate import upgrade
from laravel_database import HASH, KINDS, NEW_KINDS, LaravelDatabase
from sqlalchemy import func, inspect, select

from ticketing import demo
from ticketing.core.database import db
from ticketing.tickets.models import Ticket

pytestmark = pytest.mark.slow


@pytest.fixture
def start(tmp_path):
    """Start a command on a database, in a process of its own."""
    started = []

    def start(url, *command):
        environment = {
            **os.environ,
            "TICKETING_ENV": "development",
            "DATABASE_URL": url,
            "UPLOAD_DIR": str(tmp_path / "uploads"),
            "MAIL_URL": "none",
            "PYTHONUNBUFFERED": "1",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", *command],
            cwd=served.ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def kill_at(start):
    """Start a command, and kill it as soon as it prints something."""

    def kill_at(what, url, *command):
        process = start(url, *command)
        for line in process.stdout:
            if what in line:
                process.kill()
                break
        else:
            pytest.fail(f"{what} was never printed")
        assert process.wait() == -9

    return kill_at


@pytest.fixture
def finish(start):
    """Run a command to its end; return what it prints."""

    def finish(url, *command):
        printed, _ = start(url, *command).communicate(timeout=300)
        return printed

    return finish


@pytest.fixture
def count(engine_of):
    """Count the rows of all tables of a database."""

    def count(url):
        engine = engine_of(url)
        names = set(inspect(engine).get_table_names())
        tables = [table for table in db.metadata.sorted_tables if table.name in names]
        with engine.connect() as connection:
            return {
                table.name: connection.scalars(
                    select(func.count()).select_from(table)
                ).one()
                for table in tables
            }

    return count


@pytest.mark.parametrize(
    ("source", "target"),
    [pair for pair in product(KINDS, KINDS) if set(pair) & {*NEW_KINDS}],
)
@pytest.mark.parametrize("moment", ["Copying ticket_ev", "Comparing"])
def test_a_killed_copy_leaves_nothing_and_can_be_repeated(
    app, serving, make_url_of, kill_at, finish, count, source, target, moment
):
    mine, other = make_url_of(source), make_url_of(target)
    with serving(mine), app.app_context():
        upgrade(str(served.ROOT / "migrations"))
        demo.create_demo_if_empty()

    kill_at(moment, mine, "db", "copy", "--to", other)
    left = count(other)
    printed = finish(mine, "db", "copy", "--to", other)

    assert not any(left.values())
    assert "the checksums of all are equal" in printed
    assert count(other) == count(mine)


@pytest.mark.parametrize("target", NEW_KINDS)
@pytest.mark.parametrize("moment", ["Importing mess", "Indexing"])
def test_a_killed_import_leaves_nothing_and_can_be_repeated(
    app, serving, make_url_of, kill_at, finish, count, tmp_path, target, moment
):
    laravel, mine = LaravelDatabase(make_url_of("sqlite")), make_url_of(target)
    with serving(mine), app.app_context():
        upgrade(str(served.ROOT / "migrations"))
    laravel.add("users", id=1, name="A", email="a@b.org", password=HASH, role="admin")
    laravel.add("categories", id=1, name="Bug", slug="bug")
    for ticket_id in range(1, 300):
        text = {"subject": "Fire", "description": "It burns."}
        laravel.add("tickets", id=ticket_id, user_id=1, category_id=1, **text)
    laravel.close()
    command = ("import-laravel", "--database-url", laravel.url, "--storage", tmp_path)

    kill_at(moment, mine, *map(str, command))
    left = count(mine)
    printed = finish(mine, *map(str, command))

    assert not any(left.values())
    assert "299 tickets" in printed
    assert count(mine)["search_texts"] == 299


def test_a_copy_to_a_file_that_does_not_exist_creates_it(
    app, serving, make_url_of, finish, tmp_path
):
    mine, other = make_url_of("sqlite"), f"sqlite:///{tmp_path}/new/copy.db"
    with serving(mine), app.app_context():
        upgrade(str(served.ROOT / "migrations"))
        demo.create_demo_if_empty()
        tickets = db.session.scalar(select(func.count()).select_from(Ticket))

    printed = finish(mine, "db", "copy", "--to", other)

    assert "the checksums of all are equal" in printed, printed
    assert (tmp_path / "new" / "copy.db").exists()
    with serving(other), app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == tickets
