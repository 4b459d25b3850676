"""Use cases of accounts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from ticketing import policy
from ticketing.accounts import credentials, links, tokens
from ticketing.accounts.addresses import address_key
from ticketing.accounts.events import RightsChanged, RightsChanging, UserCreated
from ticketing.accounts.models import Actor, Role, Token, User
from ticketing.accounts.passwords import hash_password, verify_password
from ticketing.accounts.schemas import PublicProfileSchema, UserSchema
from ticketing.core.database import db, fold, later_than
from ticketing.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from ticketing.core.pages import Feed, Order, Page
from ticketing.core.text import t
from ticketing.core.transaction import publish, transaction
from ticketing.web.schemas import Serialized
from ticketing.web.serializer import RowSerializer

WRONG_PASSWORD = t("Is wrong.")
NOTICES_KEPT = timedelta(days=30)  # longer than the retries of a mail
NO_SUCH_USER = t("There is no such user.")
BY_ID = Order("id", User.id, User.id)
USERS = RowSerializer(UserSchema, User)
PROFILES = RowSerializer(PublicProfileSchema, User)


class LastAdminError(ConflictError):
    """The change would leave the service without an active admin."""

    code = "last_admin"
    message = t("The last active admin must stay one; make another admin first.")


def edit_profile(
    actor: Actor, jti: str, current_password: str | None = None, **changes: Any
) -> dict[str, Any]:
    """Change the account of ``actor``.

    A new password revokes every other token. A new email has to be confirmed.

    :param jti: identifies the token in use, which stays valid.
    :raises ForbiddenError: ``actor`` may not set ``available``.
    :raises InvalidError: the current password is wrong, or missing though the email or
        the password changes; the email is taken.
    :raises TooManyLinksError: the email changed too often in the last hour.
    """
    _require_rights(actor, changes)
    changes.pop("password_confirmation", None)
    if changes.get("email") == actor.email:
        del changes["email"]  # it would undo a concurrent change, without a password
    password, verified = changes.pop("password", None), get_user(actor.id).password
    if password or "email" in changes:
        _require_password(verified, current_password)
    if password:
        changes["password"] = hash_password(password)
    if zone := changes.get("time_zone"):
        changes["time_zone"] = zone.key
    user = _change_profile(actor, jti, changes, verified)
    return show(user, user)


def list_users(
    role: Role | None = None,
    active: bool | None = None,
    q: str | None = None,
    **page: Any,
) -> Page[Serialized]:
    """Return a page of users whose accounts are not closed, ordered by id.

    :param q: part of a name or an email, in any case and Unicode width. Both sides of
        the comparison are folded in Python, since databases differ in case folding.
    """
    users = select(*USERS.columns).where(User.closed_at.is_(None))
    if role is not None:
        users = users.where(User.role == role)
    if active is not None:
        users = users.where(User.active == active)
    if q is not None:
        folded = fold(q)
        users = users.where(
            or_(
                User.name_folded.contains(folded, autoescape=True),
                User.email_folded.contains(folded, autoescape=True),
            )
        )
    return Feed(users, BY_ID, USERS.serialize).page(**page)


def get_user(user_id: int) -> User:
    """Return a user.

    :raises NotFoundError: there is none.
    """
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFoundError(NO_SUCH_USER)
    return user


@transaction()
def change_rights(
    actor: Actor, user_id: int, role: Role | None = None, active: bool | None = None
) -> User:
    """Change a user's role, or deactivate or activate the user.

    Deactivation revokes all tokens: the user has to log in again once activated.

    :raises NotFoundError: there is no such user.
    :raises ForbiddenError: ``actor`` has been demoted or deactivated in the meantime.
    :raises ConflictError: the account was closed for good.
    :raises LastAdminError: no active admin would be left.
    """
    publish(RightsChanging(user_id))  # every use case locks tickets before users
    user = lock_for_change(user_id)
    admins = lock_admins(actor.id)
    policy.require_user_management(admins[actor.id])
    if user is None:
        raise NotFoundError(NO_SUCH_USER)
    if user.closed_at is not None:
        raise ConflictError(t("This account was closed for good."))
    before = (user.role, user.active)
    user.role = user.role if role is None else role
    user.active = user.active if active is None else active
    if (user.role, user.active) == before:
        return user
    if not any(map(policy.may_be_assigned, admins.values())):
        raise LastAdminError
    user.updated_at = later_than(user.updated_at)
    if not user.active:
        tokens.revoke(Token.user_id == user.id)
    assignable = policy.may_be_assigned(user)
    publish(RightsChanged(user.id, actor.id, assignable, user.role, user.active))
    return user


@transaction()
def create_user(name: str, email: str, hashed: str | None, role: Role) -> User:
    """Create an account, whose email is confirmed; authorization is up to the caller.

    :param hashed: the password's hash, as ``hash_password`` returns it; without one,
        nobody can log in.
    :raises InvalidError: the email is taken.
    """
    _refuse_taken(email)
    user = User(name=name, email=email, password=hashed, role=role)
    db.session.add(user)
    db.session.flush()
    publish(UserCreated(user.id, role))
    return user


@transaction()
def set_password(email: str, hashed: str) -> None:
    """Set a user's password, and revoke all of their tokens.

    :param hashed: the password's hash, as ``hash_password`` returns it.
    :raises NotFoundError: no user has that email.
    """
    found = find_user(email)
    user = found and lock_for_change(found.id)
    if user is None:
        raise NotFoundError(t("There is no user with the email {email}.", email=email))
    credentials.change_password(user, hashed)
    tokens.revoke(Token.user_id == user.id)


@transaction()
def prune(now: datetime) -> tuple[int, int, int]:
    """Delete tokens and links expired before ``now``, and notices older than 30 days.

    :return: the numbers of tokens, of links and of notices.
    """
    notices = credentials.delete_notices(now - NOTICES_KEPT)
    return tokens.delete_expired(now), links.delete_expired(now), notices


def find_user(email: str) -> User | None:
    """Return the user with an email, if there is one.

    Since migration 0004, both forms of a domain (Unicode, ``xn--``) are equal. Two
    older users may have emails that became equal then; of these, the user is returned
    whose email was typed in the form given.
    """
    key, folded = address_key(email), fold(email)
    candidates = db.session.scalars(
        select(User).where(User.email_key.in_([key, folded])).order_by(User.id)
    )
    found = [
        user
        for user in candidates
        if user.email_key == key or address_key(user.email) == key
    ]
    return max(found, key=lambda user: user.email_key == folded, default=None)


def lock_user(user_id: int) -> User | None:
    """Lock a user against changes until the transaction ends, and return the user.

    The lock is shared: other transactions may hold it as well.
    """
    locked = select(User).where(User.id == user_id).with_for_update(read=True)
    return db.session.scalar(locked.execution_options(populate_existing=True))


def lock_for_change(user_id: int) -> User | None:
    """Lock a user exclusively until the transaction ends, and return the user.

    Decisions about a user's tickets and files (quota, idempotency keys) are made one
    after another under this lock, too.
    """
    locked = select(User).where(User.id == user_id).with_for_update()
    return db.session.scalar(locked.execution_options(populate_existing=True))


def lock_admins(actor_id: int) -> dict[int, User]:
    """Lock every active admin, and the actor; return them by id, as they are now.

    The actor may have been demoted while this waited. The locks are shared: a
    transaction that assigns tickets holds shared locks of foreign keys on several
    admins, in any order; exclusive locks would deadlock with these.
    """
    locked = db.session.scalars(
        select(User)
        .where(or_(policy.is_active_admin(), User.id == actor_id))
        .order_by(User.id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    return {user.id: user for user in locked}


def show(viewer: Actor, user: Actor) -> dict[str, Any]:
    """Return a user as ``UserSchema`` describes it, with what ``viewer`` may see."""
    serialized = {
        **user.profile,
        "email": user.email,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }
    if policy.may_see_active(viewer):
        serialized |= {"active": user.active, "available": user.available}
    if policy.may_see_email_confirmed(viewer, user):
        serialized["email_confirmed"] = user.email_confirmed
    if viewer.id == user.id:
        serialized |= {"locale": user.locale, "time_zone": user.time_zone}
    return serialized


def _require_rights(actor: Actor, changes: Mapping[str, Any]) -> None:
    if "available" in changes and not policy.may_set_available(actor):
        raise ForbiddenError(t("Only admins may send {name}.", name="available"))


def _require_password(hashed: str | None, current_password: str | None) -> None:
    if current_password is None:
        required = t("Required to change the email or the password.")
        raise InvalidError({"current_password": [required]})
    if not verify_password(current_password, hashed):
        raise InvalidError({"current_password": [WRONG_PASSWORD]})


@transaction()
def _change_profile(
    actor: Actor, jti: str, changes: dict[str, Any], verified: str | None
) -> User:
    """Change a profile, unless the password was changed since it was verified.

    :param verified: the hash that the current password was verified against.
    """
    user = lock_for_change(actor.id)
    if user is None:
        raise NotFoundError(NO_SUCH_USER)
    _require_rights(user, changes)  # again: they may have changed
    if user.password != verified and changes.keys() & {"email", "password"}:
        raise InvalidError({"current_password": [WRONG_PASSWORD]})
    if "email" in changes:
        _refuse_taken(changes["email"], by_others_than=user)
    changed = {
        name: value for name, value in changes.items() if getattr(user, name) != value
    }
    if changed:
        user.updated_at = later_than(user.updated_at)
    # The password is changed first: notices of both changes go to the former email.
    if hashed := changed.pop("password", None):
        credentials.change_password(user, hashed)
        tokens.revoke(Token.user_id == user.id, Token.jti != jti)
    if email := changed.pop("email", None):
        credentials.change_email(user, email)
    for name, value in changed.items():
        setattr(user, name, value)
    return user


def _refuse_taken(email: str, by_others_than: User | None = None) -> None:
    holder = find_user(email)
    if holder is not None and holder is not by_others_than:
        raise InvalidError({"email": [t("Has already been taken.")]})
