"""A PyMySQL connection without needless round trips and without endless waits.

Each override says what it saves, measured with ``python -m benchmarks``, or which fault
it prevents, as a test in ``tests/core/test_mysql.py`` shows. All of them depend on
``pymysql/connections.py`` of PyMySQL 1.2.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from ssl import SSLContext
from threading import Lock
from typing import Any

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.constants.SERVER_STATUS import SERVER_STATUS_IN_TRANS
from pymysql.converters import conversions, convert_datetime

PING_AFTER_S = 1.0
HANDSHAKE_TIMEOUT_S = 5.0  # for connecting and pinging: neither takes a server work


def read_datetime(text: str) -> Any:
    """Return the value of a DATETIME column, which is always in UTC here.

    PyMySQL's own regular expression, and making its result aware, take a fifth of the
    time of ``GET /tickets``.
    """
    try:
        return datetime.fromisoformat(f"{text}+00:00")
    except ValueError:
        return convert_datetime(text)


CONVERSIONS: dict[Any, Any] = {
    **conversions,
    FIELD_TYPE.DATETIME: read_datetime,
    FIELD_TYPE.TIMESTAMP: read_datetime,
}
_encryption_lock = Lock()


class Connection(pymysql.Connection):
    """A PyMySQL connection with fewer round trips, and a timeout for handshakes."""

    server_status: int
    _answered_at = 0.0
    _read_timeout: float | None
    _encryption: SSLContext | None = None

    def connect(self, *args: Any, **kwargs: Any) -> None:
        """Connect, or fail after ``HANDSHAKE_TIMEOUT_S``.

        ``connect_timeout`` covers TCP only: a server that accepts and never sends its
        greeting would be waited for without end.
        """
        with self._handshake_timeout():
            super().connect(*args, **kwargs)

    def query(self, *args: Any, **kwargs: Any) -> int:
        """Execute a statement."""
        affected = super().query(*args, **kwargs)
        self._answered_at = time.monotonic()
        return affected

    def ping(self, *args: Any, **kwargs: Any) -> None:
        """Check that the server is there, unless it answered within ``PING_AFTER_S``.

        SQLAlchemy's ``pool_pre_ping`` calls it at each checkout: a round trip of every
        request.
        """
        if time.monotonic() - self._answered_at > PING_AFTER_S:
            with self._handshake_timeout():
                super().ping(*args, **kwargs)

    def rollback(self) -> None:
        """Undo the transaction, if there is one.

        SQLAlchemy calls it whenever a connection returns to the pool: a round trip of
        every request that only reads.
        """
        if self.server_status & SERVER_STATUS_IN_TRANS:
            super().rollback()

    @contextmanager
    def _handshake_timeout(self) -> Iterator[None]:
        configured = self._read_timeout
        self._read_timeout = HANDSHAKE_TIMEOUT_S
        try:
            yield
        finally:
            self._read_timeout = configured

    def _create_ssl_ctx(self, sslp: Any) -> SSLContext:
        """Return the TLS context; connections without TLS settings share one.

        Such a context verifies nobody, yet loads every certificate of the system: 30 ms
        for each connection, in which an event loop serves nobody else.
        """
        make = super()._create_ssl_ctx  # type: ignore[misc]
        if sslp:
            return make(sslp)
        with _encryption_lock:
            if not Connection._encryption:
                Connection._encryption = make({})
        return Connection._encryption
