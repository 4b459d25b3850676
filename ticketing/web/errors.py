"""Answer errors over HTTP: those of use cases, of the database and of Werkzeug."""

import time

from flask import Flask, current_app
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException

from ticketing.core.errors import OUTAGES, BadRequestError, TicketingError, describe
from ticketing.core.text import t
from ticketing.ops.logs import audit_refusal
from ticketing.web.extensions import limiter
from ticketing.web.limits import describe_rate

# The codes that differ from the name of the status in HTTP.
CODES = {413: "too_large", 500: "internal_error", 503: "unavailable"}
MESSAGES = {
    400: BadRequestError.message,
    404: t("There is nothing at this path."),
    405: t("This method cannot be used on this path."),
    416: t("The file has no such range."),
    500: TicketingError.message,
}


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
    return {"message": message_of(error), "code": code}, status, headers


def message_of(error: HTTPException) -> str:
    """Return the message of an error of Werkzeug or Flask-Limiter."""
    if isinstance(error, RateLimitExceeded):
        return describe_rate(error.limit.limit)
    if error.code == 413:
        return t(
            "At most {most} MiB for a file, 1 MiB for everything else, and 1000 parts "
            "of a form.",
            most=current_app.config["ATTACHMENT_BYTES"] // 1024**2,
        )
    return MESSAGES.get(error.code or 500) or error.name


def _seconds_to_wait() -> int:
    limit = limiter.current_limit
    return max(1, int(limit.reset_at - time.time())) if limit else 1
