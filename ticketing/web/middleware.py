"""WSGI middleware: headers of every response, request ids, proxies, CORS."""

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
# Answers here depend on who asks; all others are the same for everyone.
PRIVATE = ("/api/", "/socket.io", "/app/", "/broadcasting/", "/metrics")
PUBLIC = "/api/config"
# An address with a port, as some proxies write it: 192.0.2.7:4711, [2001:db8::1]:4711.
ADDRESS_AND_PORT = re.compile(r"\[([^\]]+)\](?::\d+)?|([^:]+):\d+")
UNKNOWN = "unknown"
EXPOSED = ["Link", "Location", "ETag", "Retry-After", "X-Request-ID"]


def init_app(app: Flask) -> None:
    """Let pages of the configured origins read responses."""
    app.after_request(_without_empty_type)
    if app.config["CORS_ORIGINS"]:
        origins = [_pattern(origin) for origin in app.config["CORS_ORIGINS"]]
        CORS(app, origins=origins, expose_headers=EXPOSED, max_age=600)


def _pattern(origin: str) -> str | re.Pattern[str]:
    # Flask-CORS would take the brackets of an IPv6 address for a regular expression.
    return re.compile(re.escape(origin) + r"\Z", re.I) if "[" in origin else origin


def _without_empty_type(response: Response) -> Response:
    if request.method == "OPTIONS" and not response.content_length:
        response.headers.pop("Content-Type", None)  # Flask's default is HTML
    return response


def wrap(app: Flask) -> None:
    """Put the middleware around the application, for Socket.IO's requests too."""
    wsgi: WSGI = _with_headers(app.wsgi_app)
    hops = app.config["TRUSTED_PROXIES"]
    if hops:
        wsgi = ProxyFix(_without_port(wsgi), x_for=hops, x_proto=hops, x_host=hops)
    has_log = bool(app.config.get("LOGGING"))
    app.wsgi_app = _corrected(wsgi, has_log)  # type: ignore[assignment, method-assign]


def _with_headers(wsgi: WSGI) -> WSGI:
    """Give each request an id, and each response its headers; count and log it."""

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else token_hex(16)
        environ["ticketing.request_id"] = request_id
        begun = time.perf_counter()
        # On an event loop, a client that always has a next request ready would let
        # nobody else be served.
        time.sleep(0)
        own = {"X-Request-ID": request_id}
        path = environ["PATH_INFO"]
        if path.startswith(PRIVATE) and path != PUBLIC:
            own["Cache-Control"] = "no-store"
        if environ["wsgi.url_scheme"] == "https":
            own["Strict-Transport-Security"] = "max-age=31536000"

        def start(status: str, given: list[tuple[str, str]], *error: Any) -> Any:
            headers = _completed(given, own)
            _observe(environ, int(status[:3]), time.perf_counter() - begun)
            return start_response(status, headers, *error)

        return wsgi(environ, start)

    return serve


def _completed(
    given: list[tuple[str, str]], own: dict[str, str]
) -> list[tuple[str, str]]:
    """Return the headers of a response, with our own and the defaults it lacks."""
    replaced = {name.lower() for name in own}
    kept = [header for header in given if header[0].lower() not in replaced]
    known = {name.lower() for name, _ in kept}
    defaults = [header for header in SECURITY.items() if header[0].lower() not in known]
    return [*kept, *own.items(), *defaults]


def _observe(environ: Environ, status: int, seconds: float) -> None:
    """Count and log a response by its route; paths without one count together."""
    method, route = environ["REQUEST_METHOD"], "/socket.io"
    if has_request_context():  # Socket.IO's own requests have none
        rule = request.url_rule
        method, route = (method, rule.rule) if rule else (UNKNOWN, UNKNOWN)
    elif method not in {"GET", "POST", "OPTIONS"}:
        method = UNKNOWN
    metrics.count_request(method, route, status, seconds)
    request_id = environ["ticketing.request_id"]
    logs.log_request(request_id, method, route, status, seconds)


def _without_port(wsgi: WSGI) -> WSGI:
    """Remove the port that a proxy has added to the address of the caller.

    Each connection has another one: limits by address would never be reached.
    """

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        found = ADDRESS_AND_PORT.fullmatch(environ.get("REMOTE_ADDR", ""))
        if found:
            environ["REMOTE_ADDR"] = found[1] or found[2]
        return wsgi(environ, start_response)

    return serve


def _corrected(wsgi: WSGI, has_log: bool) -> WSGI:
    """Correct the WSGI environment of a request.

    :param has_log: whether what a server writes to ``wsgi.errors`` is logged instead.
    """
    errors = logs.ErrorStream()

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        # Decline permessage-deflate, which compresses a message again for each client:
        # Engine.IO has no option for that.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        # Werkzeug reads a chunked body only from a server that says it ends it, as all
        # do; eventlet's does not say so.
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            environ["wsgi.input_terminated"] = True
        if has_log:  # eventlet writes a traceback there when a socket is gone
            environ["wsgi.errors"] = errors
        return wsgi(environ, start_response)

    return serve
