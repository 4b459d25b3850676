"""Realtime: Socket.IO connections, the rooms of tickets, and what they are sent."""

from collections.abc import Iterator
from typing import Any

from flask import Flask


def init_app(app: Flask) -> None:
    """Declare what sockets send and receive; emit what is committed."""
    from ticketing.realtime import broadcast, handlers  # noqa: F401
    from ticketing.realtime.cluster import Cluster
    from ticketing.realtime.dispatcher import Dispatcher

    url = app.config["REDIS_URL"]
    app.extensions["ticketing.dispatcher"] = Dispatcher()
    app.extensions["ticketing.cluster"] = Cluster(app, url, broadcast.NOTIFICATIONS)


def complete(app: Flask) -> None:
    """Serve Socket.IO, and document it, once every part has declared its events.

    :raises RuntimeError: an event of a ticket is declared by no part.
    """
    from ticketing.history.document import document_entries
    from ticketing.realtime import server
    from ticketing.web import socket_docs

    _require_declarations()
    server.init_app(app)
    socket_docs.document(app, server.limits_of(app))
    document_entries(app)


def _require_declarations() -> None:
    from ticketing.tickets.events import TicketEvent
    from ticketing.web.sockets import SERVER_EVENTS

    for kind in _subclasses(TicketEvent):
        if kind.name not in SERVER_EVENTS:
            raise RuntimeError(
                f"{kind.__name__} could be recorded, but never emitted: declare "
                f"{kind.name!r} and its payload with server_event()."
            )


def _subclasses(kind: Any) -> Iterator[Any]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)
