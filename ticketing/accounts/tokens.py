"""Access tokens: a JWT that names a user, good while its row is there.

Role and standing are read with the row, in the one statement of every request.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

import jwt as pyjwt
from flask import request
from flask_jwt_extended import create_access_token, decode_token
from sqlalchemy import ColumnElement, CursorResult, delete, select

from ticketing.accounts.events import TokensRevoked
from ticketing.accounts.models import Role, Token, User
from ticketing.core.database import db, utcnow
from ticketing.core.extensions import jwt
from ticketing.core.settings import setting
from ticketing.core.transaction import publish

CLAIMS = {"sub", "jti", "iat", "exp", "type"}


def issue(user: User) -> dict[str, Any]:
    """Return a new token for ``user``, as clients get it; in the current transaction.

    ``expires_in`` is in seconds.
    """
    encoded = create_access_token(identity=str(user.id))
    lifetime = setting("JWT_ACCESS_TOKEN_EXPIRES")
    db.session.add(
        Token(
            jti=decode_token(encoded)["jti"],
            user_id=user.id,
            expires_at=utcnow() + lifetime,
        )
    )
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


@jwt.token_verification_loader
def has_every_claim(header: dict, claims: dict) -> bool:
    """Whether a token says all that ours do; no other application's would.

    Of ``claims``, some are defaults for those that the token lacks.
    """
    token = request.headers["Authorization"].split()[1]
    said = pyjwt.decode(token, options={"verify_signature": False})
    return CLAIMS <= {claim for claim, value in said.items() if value is not None}


@jwt.user_lookup_loader
def load_user(header: dict, claims: dict) -> User | None:
    """Return the token's user; ``None`` if it is revoked or they are deactivated."""
    user = db.session.scalar(
        select(User)
        .join(Token, Token.user_id == User.id)
        .where(Token.jti == claims["jti"], User.active)
    )
    return user if user and str(user.id) == claims["sub"] else None
