"""Every error a client can meet, and its one shape on the wire.

``{"message": "for people", "code": "for_programs", "errors": {"field": ["…"]}}``:
an HTTP body as it is; in a Socket.IO acknowledgement, under ``error``. ``errors``
comes with 422 only.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError


class TicketingError(Exception):
    """Our mistake; the base of the errors use cases raise.

    ``code`` is a contract with clients; ``message`` is for people and may be
    translated; ``status`` and ``headers`` are for HTTP.
    """

    status = 500
    code = "internal_error"
    message = "Something went wrong on our side."
    headers: Mapping[str, str] = {}

    def __init__(self, message: str | None = None, **details: Any) -> None:
        """Raise it with a message of its own, and with ``details`` beside the code."""
        self.message = message or self.message
        self.details = details
        super().__init__(self.message)

    def to_dict(self) -> dict[str, Any]:
        """Return the wire form."""
        return {"message": self.message, "code": self.code, **self.details}


class BadRequestError(TicketingError):
    """The request cannot be read."""

    status = 400
    code = "bad_request"
    message = "The request cannot be read."


class InvalidError(TicketingError):
    """The input is malformed; ``errors`` maps each field to what is wrong with it."""

    status = 422
    code = "invalid"
    message = "The input is invalid."

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(errors=errors)


class UnauthenticatedError(TicketingError):
    """No token, or one that is malformed, expired or revoked."""

    status = 401
    code = "unauthenticated"
    message = "A valid access token is required."
    headers = {"WWW-Authenticate": "Bearer"}


class ForbiddenError(TicketingError):
    """The actor may see this, but may not do that to it."""

    status = 403
    code = "forbidden"
    message = "You may not do this."


class NotFoundError(TicketingError):
    """It does not exist, or the actor may not know that it does."""

    status = 404
    code = "not_found"
    message = "There is no such thing."


class ConflictError(TicketingError):
    """The request contradicts the current state."""

    status = 409
    code = "conflict"
    message = "The current state does not allow this."


class PreconditionError(TicketingError):
    """What the client last saw has changed since."""

    status = 412
    code = "precondition_failed"
    message = "It has changed since you read it; read it again."


class TooLargeError(TicketingError):
    """More was sent than is accepted."""

    status = 413
    code = "too_large"
    message = "That is too large."


class UnsupportedMediaTypeError(TicketingError):
    """The body is of no type that is read here."""

    status = 415
    code = "unsupported_media_type"
    message = "The body must be application/json."


class TooManyRequestsError(TicketingError):
    """The caller goes on faster than is good for the others."""

    status = 429
    code = "too_many_requests"
    message = "Too many requests; slow down."
    headers = {"Retry-After": "1"}


class UnavailableError(TicketingError):
    """Something the service stands on does not answer; it may later."""

    status = 503
    code = "unavailable"
    message = "The service is unavailable for the moment; try again shortly."
    headers = {"Retry-After": "2"}


class UncertainError(UnavailableError):
    """The connection was lost in the middle of a commit: it may have been made."""


class StorageFullError(TicketingError):
    """There is no room for another file."""

    status = 507
    code = "insufficient_storage"
    message = "There is no room to store the file."


# Connections lost, refused or not to be had: it may work again, unchanged.
OUTAGES = (OperationalError, InterfaceError, TimeoutError)


def describe(error: Exception) -> TicketingError:
    """Return ``error`` as a client may see it; anything unforeseen stays opaque."""
    if isinstance(error, TicketingError):
        return error
    if isinstance(error, ValidationError):
        return InvalidError(flatten(error.normalized_messages()))
    if isinstance(error, OUTAGES):
        return UnavailableError()
    return TicketingError()


def flatten(messages: Mapping[Any, Any], prefix: str = "") -> dict[str, list[str]]:
    """Return marshmallow's nested messages by dotted field: ``items.0.name``."""
    flat: dict[str, list[str]] = {}
    for key, value in messages.items():
        name = f"{prefix}{key}"
        nested = isinstance(value, Mapping)
        flat |= flatten(value, f"{name}.") if nested else {name: value}
    return flat
