"""What every response carries, and what no request may."""

import re
import time
from collections.abc import Callable, Iterable
from secrets import token_hex
from typing import Any

from flask import Flask, Response, has_request_context, request
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix

from ticketing.ops import logs, metrics

Environ = dict[str, Any]
WSGI = Callable[[Environ, Any], Iterable[bytes]]

REQUEST_ID = re.compile(r"[\x21-\x7e]{1,100}")
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
# What someone was let in to; all else is the same for everyone.
PRIVATE = ("/api/", "/socket.io", "/metrics")
UNKNOWN = "unknown"
EXPOSED = ["Link", "Location", "ETag", "Retry-After", "X-Request-ID"]


def init_app(app: Flask) -> None:
    """Admit pages of the configured origins."""
    app.after_request(_without_empty_type)
    if app.config["CORS_ORIGINS"]:
        origins = [_pattern(origin) for origin in app.config["CORS_ORIGINS"]]
        CORS(app, origins=origins, expose_headers=EXPOSED, max_age=600)


def _pattern(origin: str) -> str | re.Pattern[str]:
    # Flask-CORS takes for a regular expression what looks like one: an IPv6 address.
    return re.compile(re.escape(origin) + r"\Z", re.I) if "[" in origin else origin


def _without_empty_type(response: Response) -> Response:
    if request.method == "OPTIONS" and not response.content_length:
        response.headers.pop("Content-Type", None)  # of nothing: HTML, by default
    return response


def wrap(app: Flask) -> None:
    """Put around the application what concerns Socket.IO's requests too."""
    wsgi = _unchunked(_marking(app.wsgi_app))
    hops = app.config["TRUSTED_PROXIES"]
    if hops:
        wsgi = ProxyFix(wsgi, x_for=hops, x_proto=hops, x_host=hops)
    if app.config.get("LOGGING"):
        wsgi = _logging_errors(wsgi)
    app.wsgi_app = _without_deflate(wsgi)  # type: ignore[assignment, method-assign]


def _marking(wsgi: WSGI) -> WSGI:
    """Number requests; secure each response, where it does not see to that itself.

    Every answer passes here, so it is counted and logged here as well.
    """

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else token_hex(16)
        environ["ticketing.request_id"] = request_id
        begun = time.perf_counter()
        time.sleep(0)  # or on a loop, who always asks again would leave nobody a turn
        marks = {"X-Request-ID": request_id}
        if environ["PATH_INFO"].startswith(PRIVATE):
            marks["Cache-Control"] = "no-store"
        if environ["wsgi.url_scheme"] == "https":
            marks["Strict-Transport-Security"] = "max-age=31536000"

        def start(status: str, given: list[tuple[str, str]], *error: Any) -> Any:
            headers = _completed(given, marks)
            _observe(environ, int(status[:3]), time.perf_counter() - begun)
            return start_response(status, headers, *error)

        return wsgi(environ, start)

    return serve


def _completed(
    given: list[tuple[str, str]], marks: dict[str, str]
) -> list[tuple[str, str]]:
    """Return the headers of a response with its marks, and secure by default."""
    marked = {name.lower() for name in marks}
    kept = [header for header in given if header[0].lower() not in marked]
    known = {name.lower() for name, _ in kept}
    defaults = [mark for mark in SECURITY.items() if mark[0].lower() not in known]
    return [*kept, *marks.items(), *defaults]


def _observe(environ: Environ, status: int, seconds: float) -> None:
    """Count and log an answer, under its route: what has none is all the same."""
    method, route = environ["REQUEST_METHOD"], "/socket.io"
    if has_request_context():  # Socket.IO's own requests have none
        rule = request.url_rule
        method, route = (method, rule.rule) if rule else (UNKNOWN, UNKNOWN)
    elif method not in {"GET", "POST", "OPTIONS"}:
        method = UNKNOWN
    metrics.count_request(method, route, status, seconds)
    request_id = environ["ticketing.request_id"]
    logs.note_request(request_id, method, route, status, seconds)


def _without_deflate(wsgi: WSGI) -> WSGI:
    """Decline permessage-deflate, which compresses for each client anew.

    Engine.IO has no switch; a server that never saw the offer does not take it.
    """

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return wsgi(environ, start_response)

    return serve


def _logging_errors(wsgi: WSGI) -> WSGI:
    """Log what is written past the log: eventlet does, when a socket is gone."""
    errors = logs.Errors()

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        environ["wsgi.errors"] = errors
        return wsgi(environ, start_response)

    return serve


def _unchunked(wsgi: WSGI) -> WSGI:
    """Have a chunked body read, up to its last chunk, where every server ends it.

    Werkzeug reads none unless it is told so; eventlet's own server does not tell.
    """

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            environ["wsgi.input_terminated"] = True
        return wsgi(environ, start_response)

    return serve
