"""What is logged: a line for each request, and for whatever touches on rights.

A line never has a token, a password or a text that someone wrote: paths go in as
routes, without a query, and events by their names. In production it is JSON.
"""

import io
import logging
from logging.config import dictConfig
from typing import Any

from flask import Flask, has_request_context, request

from ticketing.core.auth import caller_id

REFUSED = {403, 429}

_requests = logging.getLogger("ticketing.requests")
_errors = logging.getLogger("wsgi.errors")
_audit = logging.getLogger("ticketing.audit")


def init_app(app: Flask) -> None:
    """Log as the configuration says, each line with the request that led to it."""
    if app.config.get("LOGGING"):
        dictConfig(app.config["LOGGING"])
        _leave_out_what_no_line_has()
        for handler in logging.getLogger().handlers:
            handler.addFilter(place)


def _leave_out_what_no_line_has() -> None:
    """Have nothing found out of each line that is not in it, as its HOWTO says.

    https://docs.python.org/3/howto/logging.html#optimization
    """
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class Errors(io.TextIOBase):
    """What servers and libraries write to ``wsgi.errors``, as lines of the log."""

    def write(self, text: str) -> int:
        """Log a line."""
        if text.strip():
            _errors.info(text.strip())
        return len(text)


def place(record: logging.LogRecord) -> bool:
    """Add to a line which request it is of, whose, and from where."""
    if has_request_context():
        record.request_id = request.environ.get("ticketing.request_id")
        record.user_id = caller_id()
        record.address = request.remote_addr
    return True


def note_request(
    request_id: str, method: str, route: str, status: int, seconds: float
) -> None:
    """Log that a request was answered."""
    details = {
        "request_id": request_id,
        "method": method,
        "route": route,
        "status": status,
        "duration_ms": round(seconds * 1000, 1),
    }
    _requests.info("request", extra=details)


def audit(action: str, **details: Any) -> None:
    """Log what touches on rights: who came in, was refused, changed what others may.

    :param details: ids and words of ours, never what someone wrote.
    """
    _audit.info(action, extra=details)


def audit_refusal(status: int, code: str, event: str | None = None) -> None:
    """Log an error, if it says that someone may not do what they tried, or so often.

    :param event: of Socket.IO, if it was one; of HTTP, the route is told.
    """
    if status in REFUSED:
        route = request.url_rule
        audit("refused", on=event or f"{request.method} {route}", code=code)
