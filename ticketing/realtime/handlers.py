"""Handle the events that clients send: connect, join, leave, typing."""

import logging
from typing import Any

from flask import request
from flask_socketio import ConnectionRefusedError as Refusal
from flask_socketio import join_room, leave_room

from ticketing.core.auth import authenticate, current_claims, current_user
from ticketing.core.errors import (
    BadRequestError,
    ForbiddenError,
    NotFoundError,
    describe,
)
from ticketing.core.text import t
from ticketing.core.transaction import renew_snapshot
from ticketing.history import service
from ticketing.history.models import Stream
from ticketing.ops.logs import audit
from ticketing.realtime import connections, limits, periodic_check
from ticketing.realtime.cluster import cluster
from ticketing.realtime.dispatcher import dispatcher
from ticketing.realtime.presence import presence
from ticketing.realtime.rooms import LOBBY, default_rooms, ticket_room
from ticketing.realtime.schemas import (
    JoinedSchema,
    JoinSchema,
    RoomSchema,
    TypingSchema,
)
from ticketing.realtime.typing_notices import (
    TypingNoticeSchema,
    publish_typing,
    stop_typing,
)
from ticketing.tickets.access import find_ticket
from ticketing.web.extensions import socketio
from ticketing.web.schemas import shared
from ticketing.web.sockets import (
    authenticate_sender,
    check_sender,
    client_event,
    translate_error,
)

RESERVED = t("This event name is reserved.")
_log = logging.getLogger(__name__)


@socketio.on("connect")
def connect(auth: object = None) -> None:
    """Admit a client that presents ``{"token": …}`` in its auth payload.

    :raises BadRequestError: a connected client sent an event of this name.
    """
    if connections.find(_sid()):
        check_sender(_sid())
        raise BadRequestError(RESERVED)
    try:
        _admit(auth)
    except Exception as error:
        described = describe(error)
        audit("connection refused", code=described.code)
        if described.status >= 500:
            _log.error("a connection failed", exc_info=error)
        refusal = translate_error(described, request.environ)
        raise Refusal(refusal["message"], refusal) from error


@socketio.on("disconnect")
def disconnect(*reason: object) -> None:
    """Remove a client that has disconnected.

    :raises BadRequestError: a connected client sent an event of this name.
    """
    if socketio.server.manager.is_connected(_sid(), "/"):
        check_sender(_sid())
        raise BadRequestError(RESERVED)
    connection = connections.find(_sid())
    connections.remove(_sid())
    if connection:
        stop_typing(_sid())
        presence.mark_rooms_of(connection.user_id)


@client_event("join", JoinSchema, JoinedSchema, errors=[NotFoundError, ForbiddenError])
def join(data: dict[str, Any]) -> dict[str, Any]:
    """Follow a ticket: enter its rooms, and return the entries that were missed.

    Admins also receive who is there.
    """
    actor, ticket_id = current_user(), data["ticket_id"]
    streams = service.streams_for(actor, ticket_id, data["staff_after"])
    try:
        for stream in streams:
            renew_snapshot()  # gives the connection back: another may wait for one
            join_room(ticket_room(ticket_id, stream))
            dispatcher().follow(ticket_id, stream)
        renew_snapshot()  # or what was committed while joining would be in neither
        authenticate()  # a user demoted meanwhile must not read the staff stream
        joined = service.catch_up(current_user(), **data)
    except Exception:
        _leave(ticket_id)
        raise
    presence.mark(ticket_id)
    return _with_users(joined)


@client_event("leave", RoomSchema)
def leave(data: dict[str, Any]) -> None:
    """Stop following a ticket: leave its rooms."""
    _leave(data["ticket_id"])


@client_event("typing", TypingSchema, errors=[NotFoundError])
def typing(data: dict[str, Any]) -> None:
    """Emit to the other users who joined a ticket that one is typing or has stopped."""
    actor = current_user()
    find_ticket(actor, data["ticket_id"])
    notice = shared(TypingNoticeSchema).dump({**data, "user": actor})
    publish_typing(notice, _sid())


def _with_users(joined: service.Joined) -> dict[str, Any]:
    """Add the users in the ticket's room to what an admin receives."""
    if "staff" not in joined:
        return {**joined}
    users = presence.users(joined["ticket_id"])
    return {**joined, "staff": {**joined["staff"], "users": users}}


def _leave(ticket_id: int) -> None:
    for stream in Stream:
        leave_room(ticket_room(ticket_id, stream))
    stop_typing(_sid(), ticket_id)
    presence.mark(ticket_id)


def _admit(auth: object) -> None:
    if isinstance(auth, dict) and auth.get("token"):
        # The environ lives as long as the connection, so each later event is
        # authenticated like an HTTP request: expiry and revocation included.
        request.environ["HTTP_AUTHORIZATION"] = f"Bearer {auth['token']}"
    authenticate_sender()
    limits.limit_sockets(current_user().id)
    connections.add(_sid(), current_user(), current_claims())
    try:
        renew_snapshot()
        authenticate()  # a revocation before add() has not disconnected it
        rooms = default_rooms(current_user())
        for room in rooms:
            join_room(room)
        if LOBBY in rooms:
            presence.enter_lobby(_sid())
        periodic_check.task.start()
        presence.task.start()
        cluster().start()
    except Exception:
        connections.remove(_sid())
        raise


def _sid() -> str:
    return request.sid  # type: ignore[attr-defined]
