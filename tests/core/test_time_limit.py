"""Queries that take too long are stopped, and others are not."""

import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from ticketing.core.database import db
from ticketing.core.errors import UnavailableError
from ticketing.core.time_limit import time_limit

SLOW = {
    "sqlite": """
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
        SELECT COUNT(*) FROM numbers
    """,
    "mysql": "SELECT COUNT(*) FROM users WHERE SLEEP(30) = 0",
}


@pytest.fixture
def run_slowly(app, customer):
    """Run a query that would take half a minute or more."""

    def run_slowly():
        db.session.execute(text(SLOW[db.engine.dialect.name])).all()

    return run_slowly


def test_a_query_that_takes_too_long_is_stopped(app, run_slowly):
    begun = time.monotonic()

    with app.app_context():
        with pytest.raises(UnavailableError), time_limit(0.2, UnavailableError()):
            run_slowly()

    assert time.monotonic() - begun < 5


def test_the_connection_stays_usable_and_has_no_limit_afterwards(app, run_slowly):
    with app.app_context():
        connection = db.session.connection()
        with pytest.raises(UnavailableError), time_limit(0.2, UnavailableError()):
            run_slowly()
        counted = db.session.scalar(text("SELECT COUNT(*) FROM users"))
        if connection.dialect.name == "mysql":
            names = {True: "max_statement_time", False: "max_execution_time"}
            name = names[getattr(connection.dialect, "is_mariadb", False)]
            assert db.session.scalar(text(f"SELECT @@SESSION.{name}")) == 0

        assert counted == 1
        assert db.session.connection() is connection


def test_other_errors_pass(app):
    with app.app_context(), pytest.raises(ZeroDivisionError):
        with time_limit(1, UnavailableError()):
            raise ZeroDivisionError


def test_a_connection_that_is_lost_is_an_outage(app):
    lost = OperationalError("SELECT 1", {}, Exception("Lost connection"))

    with app.app_context(), pytest.raises(OperationalError):
        with time_limit(1, UnavailableError()):
            db.session.connection().invalidate()  # as SQLAlchemy does it
            raise lost
