"""What every response carries, and what no request may."""

import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, g, request
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix

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
EXPOSED = ["Link", "Location", "ETag", "Retry-After", "X-Request-ID"]


def init_app(app: Flask) -> None:
    """Number requests, mark responses, admit the configured origins and proxies."""
    app.before_request(_number)
    app.after_request(_mark)
    if app.config["CORS_ORIGINS"]:
        origins = app.config["CORS_ORIGINS"]
        CORS(app, origins=origins, expose_headers=EXPOSED, max_age=600)


def wrap(app: Flask) -> None:
    """Put what concerns Socket.IO's requests too around all of the application."""
    wsgi: WSGI = app.wsgi_app
    hops = app.config["TRUSTED_PROXIES"]
    if hops:
        wsgi = ProxyFix(wsgi, x_for=hops, x_proto=hops, x_host=hops)
    app.wsgi_app = _without_deflate(wsgi)  # type: ignore[assignment, method-assign]


def _without_deflate(wsgi: WSGI) -> WSGI:
    """Decline permessage-deflate, which compresses for each client anew.

    Engine.IO has no switch; a server that never saw the offer does not take it.
    """

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return wsgi(environ, start_response)

    return serve


def _number() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _mark(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
    if "Authorization" in request.headers:
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
