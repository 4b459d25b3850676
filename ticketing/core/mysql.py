"""PyMySQL, without the round trips that change nothing, or that never end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from ssl import SSLContext
from threading import Lock
from typing import Any

from pymysql.connections import Connection
from pymysql.constants import FIELD_TYPE
from pymysql.constants.SERVER_STATUS import SERVER_STATUS_IN_TRANS
from pymysql.converters import conversions, convert_datetime

FRESH = 1.0  # seconds for which a connection that has answered is taken to be alive
PATIENCE = 5.0  # seconds, for answers that take the server no work


def read_datetime(text: str) -> Any:
    """Return what a DATETIME column says, which here is always in UTC."""
    try:
        return datetime.fromisoformat(f"{text}+00:00")
    except ValueError:
        return convert_datetime(text)


ENCRYPTING = Lock()
READERS: dict[Any, Any] = {
    **conversions,
    FIELD_TYPE.DATETIME: read_datetime,
    FIELD_TYPE.TIMESTAMP: read_datetime,
}


class SparingConnection(Connection):
    """A connection that asks the server only what it cannot know."""

    server_status: int
    _answered_at = 0.0
    _read_timeout: float | None
    _encryption: SSLContext | None = None

    def connect(self, *args: Any, **kwargs: Any) -> None:
        """Connect, unless the server, though it is there, does not say so."""
        with self._impatiently():
            super().connect(*args, **kwargs)

    def query(self, *args: Any, **kwargs: Any) -> int:
        """Execute a statement."""
        affected = super().query(*args, **kwargs)
        self._answered_at = time.monotonic()
        return affected

    def ping(self, *args: Any, **kwargs: Any) -> None:
        """Make sure that the server is there, unless it has only just answered."""
        if time.monotonic() - self._answered_at > FRESH:
            with self._impatiently():
                super().ping(*args, **kwargs)

    @contextmanager
    def _impatiently(self) -> Iterator[None]:
        """Wait for an answer no longer than ``PATIENCE``; queries may take longer."""
        configured = self._read_timeout
        self._read_timeout = PATIENCE
        try:
            yield
        finally:
            self._read_timeout = configured

    def _create_ssl_ctx(self, sslp: Any) -> SSLContext:
        """Return how to encrypt; where nothing is said of it, as all others do.

        That verifies nobody, and would read everyone's certificates, which takes 30 ms.
        """
        make = super()._create_ssl_ctx  # type: ignore[misc]
        if sslp:
            return make(sslp)
        with ENCRYPTING:
            if not SparingConnection._encryption:
                SparingConnection._encryption = make({})
        return SparingConnection._encryption

    def rollback(self) -> None:
        """Undo the transaction, if there is one."""
        if self.server_status & SERVER_STATUS_IN_TRANS:
            super().rollback()
