"""The errors that clients can receive.

All have one form, ``{"message": "for people", "code": "for_programs", "errors":
{"field": ["…"]}}``: the body over HTTP, ``error`` of a Socket.IO acknowledgement.
``errors`` comes with 422 only.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from ticketing.core.text import t


class TicketingError(Exception):
    """An internal error, and the base class of the errors that use cases raise.

    ``code`` never changes; ``message`` is for people, in English until it is answered
    (see ``core.text``); ``status`` and ``headers`` are for HTTP.
    """

    status = 500
    code = "internal_error"
    message: str = t("Something went wrong on our side.")
    headers: Mapping[str, str] = {}

    def __init__(self, message: str | None = None, **details: Any) -> None:
        """Create an error, with ``details`` beside its code."""
        self.message = message or self.message
        self.details = details
        super().__init__(self.message)

    def to_dict(self) -> dict[str, Any]:
        """Return the form that clients receive."""
        return {"message": self.message, "code": self.code, **self.details}


class BadRequestError(TicketingError):
    """The request is malformed."""

    status = 400
    code = "bad_request"
    message = t("The request cannot be read.")


class InvalidError(TicketingError):
    """The input is invalid; ``errors`` maps each field to its messages."""

    status = 422
    code = "invalid"
    message = t("The input is invalid.")

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(errors=errors)


class UnauthenticatedError(TicketingError):
    """The token is missing, malformed, expired or revoked."""

    status = 401
    code = "unauthenticated"
    message = t("A valid access token is required.")
    headers = {"WWW-Authenticate": "Bearer"}


class ForbiddenError(TicketingError):
    """The actor may see the resource, but may not do this to it."""

    status = 403
    code = "forbidden"
    message = t("You may not do this.")


class NotFoundError(TicketingError):
    """The resource does not exist, or the actor may not know that it does."""

    status = 404
    code = "not_found"
    message = t("There is no such thing.")


class ConflictError(TicketingError):
    """The request contradicts the current state."""

    status = 409
    code = "conflict"
    message = t("The current state does not allow this.")


class TooManyError(ConflictError):
    """There are as many of them as there may be."""

    code = "too_many"
    message = t("There are too many already; delete one first.")


class PreconditionError(TicketingError):
    """The resource has changed since the client read it."""

    status = 412
    code = "precondition_failed"
    message = t("It has changed since you read it; read it again.")


class TooLargeError(TicketingError):
    """The request is larger than accepted."""

    status = 413
    code = "too_large"
    message = t("That is too large.")


class UnsupportedMediaTypeError(TicketingError):
    """The media type of the body is not accepted."""

    status = 415
    code = "unsupported_media_type"
    message = t("The body must be application/json.")


class TooManyRequestsError(TicketingError):
    """The caller exceeds a rate limit."""

    status = 429
    code = "too_many_requests"
    message = t("Too many requests; slow down.")
    headers = {"Retry-After": "1"}


class UnavailableError(TicketingError):
    """A service that this one depends on does not answer."""

    status = 503
    code = "unavailable"
    message = t("The service is unavailable for the moment; try again shortly.")
    headers = {"Retry-After": "2"}


class UncertainError(UnavailableError):
    """The connection was lost during a commit, which may have succeeded."""


class StorageFullError(TicketingError):
    """The disk is full."""

    status = 507
    code = "insufficient_storage"
    message = t("There is no room to store the file.")


# A connection was lost, refused or not available in time; a retry may succeed.
OUTAGES = (OperationalError, InterfaceError, TimeoutError)


def describe(error: Exception) -> TicketingError:
    """Return ``error`` as clients may see it; unforeseen ones reveal nothing."""
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
