"""Issue, revoke and look up access tokens.

A token is a JSON Web Token that is valid while its row exists. Every request reads the
row together with its user, so that role and ``active`` are always current.
"""

from collections.abc import Collection
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from flask_jwt_extended import create_access_token
from sqlalchemy import ColumnElement, CursorResult, bindparam, delete, select

from ticketing.accounts.events import TokensRevoked
from ticketing.accounts.models import Actor, Caller, Role, Token, User
from ticketing.core.auth import Claims
from ticketing.core.database import db, utcnow
from ticketing.core.errors import UnauthenticatedError
from ticketing.core.hot import fetch_one
from ticketing.core.settings import setting
from ticketing.core.transaction import publish, reloader

# Built once, since every request and event executes them.
CALLERS = select(*(getattr(User, field.name) for field in fields(Caller)))
CALLER = CALLERS.join(Token, Token.user_id == User.id).where(
    Token.jti == bindparam("jti"), User.active
)
# A driver in Python takes longer the more columns a query has.
RIGHTS = select(User.role, User.active).where(
    User.id == bindparam("user_id"), User.closed_at.is_(None)
)


def issue(user: Actor) -> dict[str, Any]:
    """Issue a token to ``user`` in the current transaction.

    :return: the token as ``TokenSchema`` describes it; ``expires_in`` is in seconds.
    """
    jti, lifetime = str(uuid4()), setting("JWT_ACCESS_TOKEN_EXPIRES")
    encoded = create_access_token(str(user.id), additional_claims={"jti": jti})
    db.session.add(Token(jti=jti, user_id=user.id, expires_at=utcnow() + lifetime))
    return {
        "token": encoded,
        "token_type": "Bearer",
        "expires_in": int(lifetime.total_seconds()),
    }


def revoke(*which: ColumnElement[bool]) -> int:
    """Revoke the matching tokens in the current transaction; return their number."""
    found = select(Token.jti).where(*which).with_for_update()
    jtis = frozenset(db.session.scalars(found))
    if jtis:
        db.session.execute(delete(Token).where(Token.jti.in_(jtis)))
        publish(TokensRevoked(jtis))
    return len(jtis)


def delete_expired(now: datetime) -> int:
    """Delete the rows of tokens that expired before ``now``; return their number."""
    expired = delete(Token).where(Token.expires_at < now)
    return cast(CursorResult[Any], db.session.execute(expired)).rowcount


def roles_by(jtis: Collection[str]) -> dict[str, Role]:
    """Return the current role of the user of each token that is valid, by ``jti``."""
    valid = (
        select(Token.jti, User.role)
        .join(User, Token.user_id == User.id)
        .where(Token.jti.in_(jtis), User.active)
    )
    return {jti: role for jti, role in db.session.execute(valid)}


def find_caller(claims: Claims) -> Caller | None:
    """Return the user of a token; ``None`` if it is revoked or they are not active."""
    row = fetch_one(CALLER, {"jti": claims["jti"]})
    return Caller(*cast(Any, row)) if row and str(row.id) == claims["sub"] else None


@reloader(Caller)
def reload(caller: Caller) -> Caller:
    """Return the caller with the rights that they have now.

    :raises UnauthenticatedError: the account was closed since the call was admitted.
    """
    row = fetch_one(RIGHTS, {"user_id": caller.id})
    if row is None:
        raise UnauthenticatedError
    return replace(caller, role=row.role, active=row.active)
