"""Access tokens: a JWT that names a user, good while its row is there.

Role and standing are read with the row, in the one statement of every request.
"""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from flask_jwt_extended import create_access_token
from sqlalchemy import ColumnElement, CursorResult, bindparam, delete, select
from sqlalchemy.orm import load_only

from ticketing.accounts.events import TokensRevoked
from ticketing.accounts.models import Actor, Caller, Role, Token, User
from ticketing.core.database import db, utcnow
from ticketing.core.auth import Claims, tells_callers
from ticketing.core.hot import fetch_one
from ticketing.core.settings import setting
from ticketing.core.transaction import publish, read_anew

# Made once, since it is executed for every request and event.
BEARER = (
    select(*(getattr(User, field.name) for field in fields(Caller)))
    .join(Token, Token.user_id == User.id)
    .where(Token.jti == bindparam("jti"), User.active)
)
# What decides on who may do what, and is shown of who did; who looks at the rest has
# to load it.
ACTOR = (
    select(User)
    .options(load_only(User.name, User.role, User.active, raiseload=True))
    .where(User.id == bindparam("user_id"))
)


def issue(user: Actor) -> dict[str, Any]:
    """Return a new token for ``user``, as clients get it; in the current transaction.

    ``expires_in`` is in seconds.
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
    """Revoke the tokens that match, in the current transaction; return how many."""
    found = select(Token.jti).where(*which).with_for_update()
    jtis = frozenset(db.session.scalars(found))
    if jtis:
        db.session.execute(delete(Token).where(Token.jti.in_(jtis)))
        publish(TokensRevoked(jtis))
    return len(jtis)


def forget_expired(now: datetime) -> int:
    """Delete what is left of tokens that expired before ``now``; return how many."""
    expired = delete(Token).where(Token.expires_at < now)
    return cast(CursorResult[Any], db.session.execute(expired)).rowcount


def roles_by(jtis: Collection[str]) -> dict[str, Role]:
    """Return whose tokens are still good, and in which role, by ``jti``."""
    good = (
        select(Token.jti, User.role)
        .join(User, Token.user_id == User.id)
        .where(Token.jti.in_(jtis), User.active)
    )
    return {jti: role for jti, role in db.session.execute(good)}


@tells_callers
def load_caller(claims: Claims) -> Caller | None:
    """Return the token's user; ``None`` if it is revoked or they are deactivated."""
    row = fetch_one(BEARER, {"jti": claims["jti"]})
    return Caller(*cast(Any, row)) if row and str(row.id) == claims["sub"] else None


@read_anew(Caller)
def load_user(caller: Caller) -> User:
    """Return whoever called, as they are now."""
    return db.session.scalars(ACTOR, {"user_id": caller.id}).one()
