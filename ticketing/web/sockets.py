"""Declare the Socket.IO events that clients send and receive.

An event that clients send is declared in the terms of an HTTP view. An acknowledgement
has no status line, so it is exactly one of ``{"data": …}`` and
``{"error": {"message", "code", …}}``.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import request

from ticketing.core.auth import authenticate, current_user
from ticketing.core.errors import (
    BadRequestError,
    InvalidError,
    NotFoundError,
    TicketingError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
    describe,
)
from ticketing.core.text import t, translated
from ticketing.ops.logs import audit_refusal
from ticketing.web.extensions import socketio
from ticketing.web.languages import LOCALE, language_of
from ticketing.web.schemas import ResponseSchema, Schema, shared

Handler = Callable[[dict[str, Any]], Any]
_log = logging.getLogger(__name__)
# The errors that any event can be answered with.
ANYWHERE: tuple[type[TicketingError], ...] = (
    *(BadRequestError, UnauthenticatedError, InvalidError),
    *(TooManyRequestsError, UnavailableError, TicketingError),
)


class AcknowledgementSchema(ResponseSchema):
    """An empty acknowledgement."""


@dataclass(frozen=True)
class ClientEvent:
    """An event that clients send, with the schemas of its payload and its answer."""

    accepts: type[Schema]
    returns: type[Schema]
    codes: frozenset[str]
    handler: Handler


@dataclass(frozen=True)
class ServerEvent:
    """An event that clients receive.

    :param by: who receives it, for readers of the document.
    :param header: the schema of the second argument, if there is one.
    """

    name: str
    payload: type[Schema]
    by: str
    header: type[Schema] | None = None

    def emit(self, arguments: Any, **where: Any) -> None:
        """Emit a payload, or a payload and a header."""
        socketio.emit(self.name, arguments, **where)


# Declarations of the code, made when its modules are imported, and so the same for each
# application of a process. ``realtime.complete`` checks that none is missing.
CLIENT_EVENTS: dict[str, ClientEvent] = {}
SERVER_EVENTS: dict[str, ServerEvent] = {}
_checks: list[Callable[[str], None]] = []


def server_event(
    name: str, payload: type[Schema], by: str, header: type[Schema] | None = None
) -> ServerEvent:
    """Declare an event that clients receive; see ``ServerEvent``."""
    SERVER_EVENTS[name] = ServerEvent(name, payload, by, header)
    return SERVER_EVENTS[name]


def before_event(check: Callable[[str], None]) -> Callable[[str], None]:
    """Register a check of a socket's id that may refuse any event of it, by raising."""
    _checks.append(check)
    return check


def check_sender(sid: str) -> None:
    """Check whether a socket may send an event now.

    :raises TicketingError: it may not.
    """
    for check in _checks:
        check(sid)


def client_event(
    name: str,
    accepts: type[Schema],
    returns: type[Schema] = AcknowledgementSchema,
    errors: Collection[type[TicketingError]] = (),
) -> Callable[[Handler], Handler]:
    """Handle an event after authentication, with the data as ``accepts`` loads it.

    The client is acknowledged with the result as ``returns`` dumps it, or the error.

    :param errors: the use case's own errors, for the document.
    """
    codes = frozenset(kind.code for kind in (*ANYWHERE, *errors))

    def decorate(handler: Handler) -> Handler:
        CLIENT_EVENTS[name] = ClientEvent(accepts, returns, codes, handler)

        @socketio.on(name)
        @wraps(handler)
        def acknowledge(payload: Any = None, *rest: object) -> dict[str, Any]:
            check_sender(request.sid)  # type: ignore[attr-defined]
            if rest:
                raise BadRequestError(t("An event takes one argument."))
            authenticate_sender()
            result = handler(shared(accepts).load(payload))
            return {"data": shared(returns).dump(result)}

        return handler

    return decorate


def authenticate_sender() -> None:
    """Authenticate the sender of an event, and note which language they chose.

    :raises UnauthenticatedError: as ``authenticate`` does.
    """
    authenticate()
    request.environ[LOCALE] = current_user().locale


def refuse_unknown(*arguments: Any) -> dict[str, Any]:
    """Acknowledge an unknown event with an error.

    :param arguments: the event's name, left out if that is ``*``, and the socket's id.
    """
    environ_of = socketio.server.get_environ
    names = [given for given in arguments[:2] if isinstance(given, str)]
    sid = next(filter(environ_of, names), None)
    if sid is None:
        return {}  # it has left
    environ = environ_of(sid)
    with environ["flask.app"].app_context():
        try:
            check_sender(sid)
            raise NotFoundError(t("There is no such event."))
        except TicketingError as error:
            return {"error": translate_error(error, environ)}


def translate_error(
    error: TicketingError, environ: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the form of an error that a socket receives, in its language."""
    return translated(error.to_dict(), language_of(environ))


@socketio.on_error_default
def acknowledge_error(error: Exception) -> dict[str, Any]:
    """Acknowledge a failed event with its error."""
    described = describe(error)
    event = request.event["message"]  # type: ignore[attr-defined]
    _log.info("event refused", extra={"event": event, "code": described.code})
    audit_refusal(described.status, described.code, event)
    if described.status >= 500:
        _log.error("an event failed", exc_info=error)
    return {"error": translate_error(described, request.environ)}
