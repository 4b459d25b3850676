"""Moving takes little memory, however much is moved: --chaos=full is 10⁶ messages."""

import os
import sqlite3
import subprocess
import sys

import pytest
import served
from flask_migrate import upgrade
from laravel_database import HASH, NEW_KINDS, LaravelDatabase
from sqlalchemy import make_url

from ticketing.core.database import db

pytestmark = pytest.mark.slow
MAX_BYTES = 300 * 1024 * 1024
TEXT = "It burns, and nobody knows why. " * 6
FILL = """
INSERT INTO categories (id, name, slug) VALUES (1, 'Bug', 'bug');
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :tickets)
INSERT INTO tickets
  (id, user_id, category_id, subject, description, priority, status, created_at)
SELECT i, 1, 1, 'Printer ' || i, ':text', 'high', 'closed', '2024-05-01 12:00:00'
FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :messages)
INSERT INTO messages (id, ticket_id, user_id, message, is_read, created_at)
SELECT i, 1 + i % :tickets, 1, ':text' || i, 1, '2024-05-01 12:00:00' FROM n;
"""


# The peak memory of a child process includes that of the process that started it.
FLASK = """
import atexit, re, sys
from pathlib import Path
from flask.cli import main

def tell():
    status = Path("/proc/self/status").read_text()
    print(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1], file=sys.stderr)

atexit.register(tell)
main()
"""


@pytest.fixture
def size(request):
    """The numbers of tickets and of messages."""
    full = request.config.getoption("--chaos") == "full"
    return (100_000, 1_000_000) if full else (2_000, 20_000)


@pytest.fixture
def laravel(make_url_of, size):
    """A database of the Laravel system, of that size."""
    database = LaravelDatabase(make_url_of("sqlite"))
    user = {"name": "A", "email": "a@b.org", "password": HASH, "role": "customer"}
    database.add("users", id=1, **user)
    database.close()
    connection = sqlite3.connect(make_url(database.url).database)
    filling = FILL.replace(":text", TEXT)
    for name, number in zip((":tickets", ":messages"), size):
        filling = filling.replace(name, str(number))
    connection.executescript(filling)
    connection.close()
    return database


@pytest.fixture
def measure(tmp_path):
    """Run a command; return its peak memory in bytes."""

    def measure(url, *command):
        done = subprocess.run(
            [*served.PYTHON, "-c", FLASK, *map(str, command)],
            cwd=served.ROOT,
            env={
                **os.environ,
                "TICKETING_ENV": "development",
                "DATABASE_URL": url,
                "UPLOAD_DIR": str(tmp_path / "uploads"),
                "MAIL_URL": "none",
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        kibibytes = int(done.stderr.split()[-1])
        print(command[0], f"{kibibytes // 1024} MiB", file=sys.stderr)
        return kibibytes * 1024

    return measure


@pytest.mark.parametrize("kind", NEW_KINDS)
def test_moving_takes_little_memory(
    app, serving, make_url_of, laravel, measure, tmp_path, kind
):
    mine, other, back = map(make_url_of, ("sqlite", kind, "sqlite"))
    with serving(mine), app.app_context():
        upgrade(str(served.ROOT / "migrations"))
        db.session.remove()
    imports = ("import-laravel", "--database-url", laravel.url, "--storage", tmp_path)

    imported = measure(mine, *imports)
    copied = measure(mine, "db", "copy", "--to", other)
    copied_back = measure(other, "db", "copy", "--to", back)

    assert max(imported, copied, copied_back) <= MAX_BYTES
