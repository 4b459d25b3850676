"""A copy of a database has everything that the migrations make."""

import database_copies
import pytest
import served
from sqlalchemy import make_url

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    """Two that do not run: one whose database is filled, and one with a copy of it."""
    directories = [tmp_path_factory.mktemp(name) for name in ("original", "copy")]
    with served.database(directories[0]) as original:
        with served.database(directories[1]) as copy:
            processes = [
                served.gunicorn(directory, served.production(url, "threading"))
                for directory, url in zip(directories, (original, copy))
            ]
            served.fill(processes[0])
            contents = database_copies.read(make_url(original))
            database_copies.write(make_url(copy), contents)
            yield processes


def test_a_copy_has_the_same_tables_and_rows(processes):
    original, copy = (
        database_copies.read(make_url(process.environ["DATABASE_URL"]))
        for process in processes
    )

    # MySQL names the character set of a column only where the migration did not.
    assert original and plain(copy) == plain(original)


def plain(contents):
    """Return a text without what says nothing new."""
    return str(contents).replace(" CHARACTER SET utf8mb4", "")


def test_the_doctor_finds_nothing_wrong_with_a_copy(processes):
    _, copy = processes

    assert "wrong" not in copy.flask("doctor")


def test_the_admin_logs_in_to_a_copy(processes):
    _, copy = processes

    with served.running(copy):
        assert copy.login("root@example.org").user["role"] == "admin"
