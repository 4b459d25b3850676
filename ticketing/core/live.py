"""Declare a Socket.IO event handler, in the same terms as an HTTP view.

An acknowledgement has no status line, so its envelope says how it went: exactly one
of ``{"data": …}`` and ``{"error": {"message", "code", …}}``.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from ticketing.core.errors import BadRequestError, NotFoundError, describe
from ticketing.core.extensions import socketio
from ticketing.core.identity import authenticate
from ticketing.core.schemas import Schema

MALFORMED = "<malformed>"  # the name of what could not be read

Handler = Callable[[dict[str, Any]], Any]
_log = logging.getLogger(__name__)
_before: list[Callable[[], None]] = []


def before_event(check: Callable[[], None]) -> Callable[[], None]:
    """Let ``check`` refuse an event, by raising, before all else is done for it."""
    _before.append(check)
    return check


def live(
    event: str, accepts: type[Schema], returns: type[Schema] = Schema
) -> Callable[[Handler], Handler]:
    """Handle ``event``, once the caller is known and ``accepts`` has loaded the data.

    The client's acknowledgement is the result as ``returns`` dumps it, or the error.
    """

    def decorate(handler: Handler) -> Handler:
        @socketio.on(event)
        @wraps(handler)
        def acknowledge(payload: Any = None, *rest: object) -> dict[str, Any]:
            _check()
            authenticate()
            result = handler(accepts().load(payload))
            return {"data": returns().dump(result)}

        return handler

    return decorate


def refuse_unknown(*event: object) -> dict[str, Any]:
    """Answer an event that is none of ours."""
    if event[0] == MALFORMED:
        return {"error": BadRequestError("The packet is malformed.").to_dict()}
    return {"error": NotFoundError("There is no such event.").to_dict()}


def _check() -> None:
    for check in _before:
        check()


@socketio.on_error_default
def acknowledge_error(error: Exception) -> dict[str, Any]:
    """Answer a failed event with the error."""
    described = describe(error)
    if described.status >= 500:
        _log.error("an event failed", exc_info=error)
    return {"error": described.to_dict()}
