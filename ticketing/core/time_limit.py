"""Stop queries that take too long, on each database by its own means."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ticketing.core.database import db, error_code

# How a query that took too long failed: on MariaDB (188: while it read a full-text
# index), MySQL and SQLite.
TIMED_OUT = {1969, 188, 3024, "interrupted"}
PROGRESS_STEPS = 10_000  # of SQLite's machine, between two looks at the clock


@contextmanager
def time_limit(seconds: float, error: Exception) -> Iterator[None]:
    """Stop each query of the session that takes longer, and raise ``error`` then.

    On SQLite, it is the time of all of them together.
    """
    connection = db.session.connection()
    _limit_time(connection, max(seconds, 0.001))
    try:
        yield
    except DBAPIError as failed:
        if error_code(failed) in TIMED_OUT:
            raise error from failed
        raise
    finally:
        if not connection.invalidated:  # a lost one is not used again
            _limit_time(connection, 0)


def _limit_time(connection: Connection, seconds: float) -> None:
    """Set how long a query may take; 0 is without a limit."""
    driver: Any = connection.connection.dbapi_connection
    if isinstance(driver, sqlite3.Connection):
        end = time.monotonic() + seconds
        is_late = (lambda: time.monotonic() > end) if seconds else None
        driver.set_progress_handler(is_late, PROGRESS_STEPS)
    elif getattr(connection.dialect, "is_mariadb", False):
        connection.exec_driver_sql(f"SET SESSION max_statement_time = {seconds:.3f}")
    else:
        limit = f"SET SESSION max_execution_time = {round(seconds * 1000)}"
        connection.exec_driver_sql(limit)
