"""Who is calling: the same check for HTTP requests and Socket.IO events."""

from typing import Any

from flask import request
from flask_jwt_extended import (
    decode_token,
    get_current_user,
    get_jwt,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError

from ticketing.core.errors import UnauthenticatedError


def authenticate(optional: bool = False) -> None:
    """Establish whose token the current request carries.

    :param optional: whether a request without any token will do.
    :raises UnauthenticatedError: no token, or it is malformed, expired or revoked.
    """
    try:
        verify_jwt_in_request(optional=optional)
    except (JWTExtendedException, PyJWTError, ValueError) as error:
        raise UnauthenticatedError from error


def present_token() -> None:
    """Refuse a request without a token that was once good, looking nothing up.

    :raises UnauthenticatedError: no token, or it is malformed or expired.
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        if kind != "Bearer":
            raise UnauthenticatedError
        decode_token(token.strip())
    except (JWTExtendedException, PyJWTError, ValueError) as error:
        raise UnauthenticatedError from error


def current_user() -> Any:
    """Return the authenticated user: the row itself; ``None`` if there need be none.

    Flask-JWT-Extended's ``current_user`` is a proxy; a model related to it would keep
    the proxy, which dies with the request.
    """
    return get_current_user()


def current_claims() -> dict[str, Any]:
    """Return the claims of the authenticated token."""
    return get_jwt()
