"""Socket.IO's HTTP requests, before Engine.IO takes them for what they claim to be.

It answers what it refuses; all it is spared here are requests on which it would fail.
"""

import base64
from collections.abc import Iterable
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from engineio.payload import Payload
from flask import Flask

from ticketing.web.extensions import socketio
from ticketing.realtime.packets import MOST_BYTES
from ticketing.realtime.websocket import FROM_CLIENTS, WSGI, Environ

PATH = "/socket.io/"


def init_app(app: Flask) -> None:
    """Look at each request for ``/socket.io/`` before Engine.IO does, and at no other.

    For every request, Engine.IO would make a class, which is a cycle to be collected.
    It alone has been put around the application so far.
    """
    plain = partial(type(app).wsgi_app, app)
    checked = _checked(plain, app.wsgi_app)
    app.wsgi_app = checked  # type: ignore[assignment, method-assign]


def _checked(plain: WSGI, wsgi: WSGI) -> WSGI:
    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(PATH):
            return plain(environ, start_response)
        if not _is_handshake(environ):
            environ.pop("HTTP_UPGRADE", None)
        if environ["REQUEST_METHOD"] == "POST" and not _is_readable(environ):
            socketio.server.eio.disconnect(_sid(environ))
        try:
            return wsgi(environ, start_response)
        except KeyError:  # the session has been closed; it is forgotten by now
            return wsgi(environ, start_response)

    return serve


def _is_handshake(environ: Environ) -> bool:
    try:
        key = base64.b64decode(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""), validate=True)
    except ValueError:
        return False
    upgrades = "upgrade" in environ.get("HTTP_CONNECTION", "").lower()
    version = environ.get("HTTP_SEC_WEBSOCKET_VERSION")
    return upgrades and version == "13" and len(key) == 16


def _is_readable(environ: Environ) -> bool:
    """Whether the body holds packets; Engine.IO reads it once more."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > MOST_BYTES:
        return True  # and refused, unread
    body = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = BytesIO(body)
    try:
        packets = Payload(encoded_payload=body.decode()).packets
    except (ValueError, KeyError):  # the latter: a form, of JSONP's, without a field
        return False
    types = [packet.packet_type for packet in packets]
    return bool(types) and all(type in FROM_CLIENTS for type in types)


def _sid(environ: Environ) -> str:
    return parse_qs(environ.get("QUERY_STRING", "")).get("sid", [""])[0]
