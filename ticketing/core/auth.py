"""Authentication of HTTP requests and Socket.IO events by JSON Web Tokens.

Flask-JWT-Extended issues the tokens; PyJWT, which it is built on, verifies them here.
``verify_jwt_in_request()`` of 4.7.4 verifies the signature with each request, and costs
more than a tenth of GET /me: that reached 0.70 of the floor with the cache below, and
0.50 with Flask-JWT-Extended (``python -m benchmarks --quick --only me``, the mean of
two runs of each in turn). It also refuses a lower-case ``bearer``, and takes tokens
without ``jti``.
"""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from hmac import compare_digest
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

import jwt
from flask import Flask, current_app, g, has_app_context, request

from ticketing.core.errors import NotFoundError, UnauthenticatedError
from ticketing.core.settings import setting
from ticketing.core.text import t

Claims = Mapping[str, Any]
UserLookup = Callable[[Claims], Any]

ALGORITHM = "HS256"
REQUIRED_CLAIMS = ("sub", "jti", "iat", "exp", "type")
VERIFIED_TOKENS = 4096  # in the cache; about 1 KB each, with the claims
USER_LOOKUP = "ticketing.user_lookup"


def init_app(app: Flask, look_up_user: UserLookup) -> None:
    """Authenticate the requests of an application.

    :param look_up_user: returns the user that a token's claims stand for, or ``None``
        if the token is revoked or the user is not active.
    """
    app.config["JWT_ALGORITHM"] = ALGORITHM
    app.extensions[USER_LOOKUP] = look_up_user


def authenticate(optional: bool = False) -> None:
    """Authenticate the current request by its token.

    :param optional: whether a request without a token is accepted, too.
    :raises UnauthenticatedError: there is no token, or it is malformed, expired or
        revoked.
    """
    if optional and _bearer_token() is None:
        g.claims, g.user = {}, None
        return
    claims = verify_token()
    user = current_app.extensions[USER_LOOKUP](claims)
    if user is None:
        raise UnauthenticatedError
    g.claims, g.user = claims, user


def verify_token() -> Claims:
    """Verify the token of the current request, without querying the database.

    :raises UnauthenticatedError: there is no token, or it is malformed or expired.
    """
    return claims_of(current_token())


def verify_service_token(name: str) -> None:
    """Verify that the caller of the current request is another service of ours.

    :param name: the setting that has its token.
    :raises NotFoundError: the setting has none: nobody may call.
    :raises UnauthenticatedError: there is no token, or another one.
    """
    if not setting(name):
        raise NotFoundError(t("There is nothing at this path."))
    if not has_service_token(name):
        raise UnauthenticatedError


def has_service_token(name: str) -> bool:
    """Return whether the caller of the current request has the token of a setting."""
    expected = setting(name).encode()
    given = current_token().encode("latin-1")
    return bool(expected) and compare_digest(given, expected)


def claims_of(token: str) -> Claims:
    """Return the claims of a token, without querying the database.

    :raises UnauthenticatedError: it is malformed or expired.
    """
    try:
        claims = _decode(token, setting("JWT_SECRET_KEY"))
    except (jwt.PyJWTError, ValueError) as error:
        raise UnauthenticatedError from error
    if int(claims["exp"]) <= time.time():
        raise UnauthenticatedError
    return claims


def current_token() -> str:
    """Return the token that the request came with, valid or not; empty without one."""
    return _bearer_token() or ""


def _bearer_token() -> str | None:
    """Return what follows the scheme, which may be in any case; ``None`` for another.

    Werkzeug's ``request.authorization`` would take a service's token that contains
    ``=`` for parameters.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


@lru_cache(VERIFIED_TOKENS)
def _decode(token: str, secret: str) -> Claims:
    """Return the claims of a token that we have signed; it may have expired since.

    A signature that was valid once is always valid, so it is verified once.
    """
    options: Any = {"require": REQUIRED_CLAIMS}
    claims = jwt.decode(token, secret, algorithms=[ALGORITHM], options=options)
    if claims["type"] != "access":
        raise ValueError("not an access token")
    return claims


def current_user() -> Any:
    """Return the authenticated user; ``None`` without a token where it is optional."""
    return g.user


def current_claims() -> Claims:
    """Return the claims of the token that the request was authenticated by."""
    return g.claims


def caller_id() -> int | None:
    """Return the id of the authenticated user, or ``None``; it queries nothing."""
    claims = g.get("claims") if has_app_context() else None
    return int(claims["sub"]) if claims else None


def current_network() -> str:
    """Return the address of the caller; see ``network_of``."""
    return network_of(request.remote_addr or "")


def network_of(given: str) -> str:
    """Return an address; of an IPv6 one, its /64 network.

    Whoever has one address in IPv6 has the 2^64 addresses of that network.
    """
    try:
        address = ip_address(given)
    except ValueError:  # a local socket, or a proxy that hides the address
        return given or "unknown"
    if not isinstance(address, IPv6Address):
        return given
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))
