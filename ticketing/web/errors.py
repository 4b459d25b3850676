"""Answer errors over HTTP: those of use cases, of the database and of Werkzeug."""

import time

from flask import Flask, current_app
from werkzeug.exceptions import HTTPException

from ticketing.core.errors import OUTAGES, TicketingError, describe
from ticketing.ops.logs import audit_refusal
from ticketing.web.extensions import limiter

# The codes that differ from the name of the status in HTTP.
CODES = {413: "too_large", 500: "internal_error", 503: "unavailable"}


def init_app(app: Flask) -> None:
    """Answer every error in the one shape of ``core.errors``."""
    app.register_error_handler(HTTPException, _answer_http_exception)
    for kind in (TicketingError, *OUTAGES):
        app.register_error_handler(kind, _answer)


def _answer(error: Exception) -> tuple:
    described = describe(error)
    if described is not error:
        current_app.logger.error("%s: %s", type(described), error, exc_info=error)
    audit_refusal(described.status, described.code)
    return described.to_dict(), described.status, dict(described.headers)


def _answer_http_exception(error: HTTPException) -> tuple:
    """Answer Werkzeug's errors with their own Allow, Retry-After, …"""
    status = error.code or 500
    code = CODES.get(status) or error.name.lower().replace(" ", "_")
    headers = [(k, v) for k, v in error.get_headers() if k != "Content-Type"]
    if status == 429:
        headers.append(("Retry-After", str(_seconds_to_wait())))
    audit_refusal(status, code)
    return {"message": _message(error), "code": code}, status, headers


def _message(error: HTTPException) -> str | None:
    if error.code == 404:
        return "There is nothing at this path."
    if error.code == 413:
        megabytes = current_app.config["ATTACHMENT_BYTES"] // 1024**2
        return (
            f"At most {megabytes} MiB for a file, 1 MiB for everything else, "
            "and 1,000 parts of a form."
        )
    if error.code == 429:
        return f"At most {error.description}; try again later."
    return TicketingError.message if error.code == 500 else error.description


def _seconds_to_wait() -> int:
    limit = limiter.current_limit
    return max(1, int(limit.reset_at - time.time())) if limit else 1
