"""Who is calling: the same check for HTTP requests and Socket.IO events."""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

import jwt
from flask import Flask, g, has_app_context, request

from ticketing.core.errors import UnauthenticatedError
from ticketing.core.settings import setting

Claims = Mapping[str, Any]
LookUp = Callable[[Claims], Any]

ALGORITHM = "HS256"
# What every token of ours says; no other application's would.
CLAIMS = ("sub", "jti", "iat", "exp", "type")
REMEMBERED = 4096  # tokens, of about 1 KB with what they say

_look_ups: list[LookUp] = []


def init_app(app: Flask) -> None:
    """Sign tokens by the one algorithm that is accepted."""
    app.config["JWT_ALGORITHM"] = ALGORITHM


def tells_callers(look_up: LookUp) -> LookUp:
    """Let another part say whom a token's claims stand for, if anyone, now."""
    _look_ups[:] = [look_up]
    return look_up


def authenticate(optional: bool = False) -> None:
    """Establish whose token the current request carries.

    :param optional: whether a request without any token will do.
    :raises UnauthenticatedError: no token, or it is malformed, expired or revoked.
    """
    if optional and not _presents_token():
        g.claims, g.user = {}, None
        return
    claims = present_token()
    (look_up,) = _look_ups
    user = look_up(claims)
    if user is None:
        raise UnauthenticatedError
    g.claims, g.user = claims, user


def present_token() -> Claims:
    """Refuse a request without a token that was once good, looking nothing up.

    :returns: what the token says.
    :raises UnauthenticatedError: no token, or it is malformed or expired.
    """
    if not _presents_token():
        raise UnauthenticatedError
    token = request.headers["Authorization"].partition(" ")[2].strip()
    try:
        claims = _verified(token, setting("JWT_SECRET_KEY"))
    except (jwt.PyJWTError, ValueError) as error:
        raise UnauthenticatedError from error
    if int(claims["exp"]) <= time.time():
        raise UnauthenticatedError
    return claims


def _presents_token() -> bool:
    """Whether there is a token, good or bad; the scheme counts in any case."""
    scheme = request.headers.get("Authorization", "").partition(" ")[0]
    return scheme.lower() == "bearer"


@lru_cache(REMEMBERED)
def _verified(token: str, secret: str) -> Claims:
    """Return what a token says that is ours, though by now it may have expired.

    A signature that was good once is good for ever; it is verified once.
    """
    options: Any = {"require": CLAIMS}
    claims = jwt.decode(token, secret, algorithms=[ALGORITHM], options=options)
    if claims["type"] != "access":
        raise ValueError("no access token")
    return claims


def current_user() -> Any:
    """Return the authenticated user, as looked up; ``None`` if there need be none."""
    return g.user


def current_claims() -> Claims:
    """Return the claims of the authenticated token."""
    return g.claims


def caller_id() -> int | None:
    """Return the id of whoever is authenticated, if anyone is; it looks nothing up."""
    claims = g.get("claims") if has_app_context() else None
    return int(claims["sub"]) if claims else None


def current_site() -> str:
    """Return where the caller is: an address, or in IPv6 the network it is in.

    Whoever has one address in IPv6 has 2^64 of them to call from.
    """
    given = request.remote_addr or ""
    try:
        address = ip_address(given)
    except ValueError:  # a local socket, or a proxy that says no more
        return given or "unknown"
    if not isinstance(address, IPv6Address):
        return given
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))
