"""Create, find, use and void the links that are mailed to users.

Only the URL of a link has its token: in the fragment, which browsers do not send. The
database has a hash of the token, and a seed. The token is derived from the seed and the
``SECRET_KEY``, so that a job that runs twice mails the same URL.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update

from ticketing.accounts.models import Link, Purpose, User
from ticketing.core.database import db, utcnow
from ticketing.core.errors import InvalidError, TooManyRequestsError
from ticketing.core.public_url import public_url
from ticketing.core.signatures import sign
from ticketing.core.text import t

HOUR = timedelta(hours=1)
LIFETIMES = {
    Purpose.INVITATION: timedelta(days=7),
    Purpose.PASSWORD_RESET: HOUR,
    Purpose.CONFIRMATION: timedelta(days=7),
}
# Limits on links that anyone can have mailed to an address that may not be theirs.
MAX_PER_HOUR = {Purpose.PASSWORD_RESET: 3, Purpose.CONFIRMATION: 5}
FOR_PASSWORDS = (Purpose.INVITATION, Purpose.PASSWORD_RESET)
INVALID = t("This link has expired or was used already; ask for a new one.")


class TooManyLinksError(TooManyRequestsError):
    """The limit of links mailed to the user in an hour has been reached."""

    message = t("Too many links have been mailed in the last hour; try again later.")
    headers = {"Retry-After": str(int(HOUR.total_seconds()))}


def create(user: User, purpose: Purpose) -> Link:
    """Create a link for a locked user; void older ones of its purpose.

    :raises TooManyLinksError: the user had ``MAX_PER_HOUR`` in the last hour.
    """
    if not is_below_limit(user.id, purpose):
        raise TooManyLinksError
    void(user.id, purpose)
    seed, now = secrets.token_hex(16), utcnow()
    link = Link(
        user_id=user.id,
        purpose=purpose,
        email=user.email,
        seed=seed,
        token_hash=_hash_of(_token_of(seed)),
        created_at=now,
        expires_at=now + LIFETIMES[purpose],
    )
    db.session.add(link)
    db.session.flush()
    return link


def is_below_limit(user_id: int, purpose: Purpose) -> bool:
    """Return whether one more link of a purpose may be mailed to a locked user now."""
    if purpose not in MAX_PER_HOUR:
        return True
    recent = select(func.count()).where(
        Link.user_id == user_id,
        Link.purpose == purpose,
        Link.created_at > utcnow() - HOUR,
    )
    return (db.session.scalar(recent) or 0) < MAX_PER_HOUR[purpose]


def url_of(link: Link) -> str:
    """Return the URL to mail, of a page that sends the token to the API."""
    confirms = link.purpose is Purpose.CONFIRMATION
    page = "confirm" if confirms else "set-password"
    return public_url(f"/console/{page}#{_token_of(link.seed)}")


def find(token: str, *purposes: Purpose) -> Link:
    """Return the valid link of an active user by its token.

    :raises InvalidError: the token is unknown, used, expired or superseded, or its user
        is not active; the error names ``token``.
    """
    found = (
        select(Link)
        .join(User)
        .where(
            Link.token_hash == _hash_of(token), Link.purpose.in_(purposes), User.active
        )
        .execution_options(populate_existing=True)
    )
    link = db.session.scalar(found)
    if link is None or not link.is_valid:
        raise InvalidError({"token": [INVALID]})
    return link


def use(token: str, *purposes: Purpose) -> User:
    """Use a link, which voids it, in the current transaction; lock and return its user.

    :raises InvalidError: as ``find`` does.
    """
    user_id = find(token, *purposes).user_id
    user = db.session.get_one(
        User, user_id, with_for_update=True, populate_existing=True
    )
    used = find(token, *purposes)  # again: another request may have used it
    void(user_id, used.purpose)
    return user


def void(user_id: int, *purposes: Purpose) -> None:
    """Void the valid links of a locked user for some purposes."""
    valid = update(Link).where(
        Link.user_id == user_id,
        Link.purpose.in_(purposes),
        Link.expires_at > Link.created_at,
    )
    db.session.execute(
        valid.values(expires_at=Link.created_at),
        execution_options={"synchronize_session": False},
    )


def delete_expired(now: datetime) -> int:
    """Delete the links that expired before ``now``; return their number.

    Links of the last hour are kept, because ``is_below_limit`` counts them.
    """
    expired = delete(Link).where(
        Link.expires_at < now, Link.created_at < now - HOUR
    )
    return cast(CursorResult[Any], db.session.execute(expired)).rowcount


def _token_of(seed: str) -> str:
    return urlsafe_b64encode(sign("link", seed)).decode().rstrip("=")


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
