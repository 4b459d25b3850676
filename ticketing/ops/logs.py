"""Logging: a line for each request, and audit lines for what concerns rights.

A line never contains a token, a password or a user's text: a path is logged as its
route, without the query, and an event by its name. In production each is JSON.
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
    """Set up logging as configured; each line names the request it belongs to."""
    if app.config.get("LOGGING"):
        dictConfig(app.config["LOGGING"])
        _skip_unused_attributes()
        for handler in logging.getLogger().handlers:
            handler.addFilter(add_request_fields)


def _skip_unused_attributes() -> None:
    """Do not look up attributes of a record that no line contains.

    https://docs.python.org/3/howto/logging.html#optimization
    """
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class ErrorStream(io.TextIOBase):
    """A ``wsgi.errors`` stream that logs what servers and libraries write to it."""

    def write(self, text: str) -> int:
        """Log a text unless it is blank."""
        if text.strip():
            _errors.info(text.strip())
        return len(text)


def add_request_fields(record: logging.LogRecord) -> bool:
    """Add the request's id, user and address to a record; a filter of handlers."""
    if has_request_context():
        record.request_id = request.environ.get("ticketing.request_id")
        record.user_id = caller_id()
        record.address = request.remote_addr
    return True


def log_request(
    request_id: str, method: str, route: str, status: int, seconds: float
) -> None:
    """Log a request that was answered."""
    details = {
        "request_id": request_id,
        "method": method,
        "route": route,
        "status": status,
        "duration_ms": round(seconds * 1000, 1),
    }
    _requests.info("request", extra=details)


def audit(action: str, **details: Any) -> None:
    """Write a line of the audit log: a login, a refusal, a change of rights.

    :param details: ids and fixed words, never a user's text.
    """
    _audit.info(action, extra=details)


def audit_refusal(status: int, code: str, event: str | None = None) -> None:
    """Write an audit line if an error refuses something (403) or limits it (429).

    :param event: the name of a Socket.IO event; without it, the route is logged.
    """
    if status in REFUSED:
        route = request.url_rule
        audit("refused", on=event or f"{request.method} {route}", code=code)
