"""Use cases of access tokens: register, log in, refresh, log out."""

from typing import Any

from ticketing import policy
from ticketing.accounts import credentials, tokens
from ticketing.accounts.events import LoggedIn
from ticketing.accounts.models import Actor, Role, Token, User
from ticketing.accounts.passwords import hash_password, verify_password
from ticketing.accounts.service import create_user, find_user, lock_user, show
from ticketing.core.errors import ForbiddenError, UnauthenticatedError
from ticketing.core.settings import setting
from ticketing.core.text import t
from ticketing.core.transaction import publish, transaction
from ticketing.ops.logs import audit


class InvalidCredentialsError(UnauthenticatedError):
    """No active user has that email and password."""

    code = "invalid_credentials"
    message = t("The email or the password is wrong.")


def register(
    actor: Actor | None, *, name: str, email: str, password: str, role: Role | None
) -> dict[str, Any]:
    """Create an account, log it in, and mail it a link to confirm the email.

    :param actor: the authenticated user, if any.
    :raises ForbiddenError: ``role`` is admin, and ``actor`` may not register admins.
    :raises InvalidError: the email is taken.
    """
    role = role or Role.CUSTOMER
    _require_right(actor, role)
    hashed = hash_password(password)
    user, token = _create_with_token(actor, name, email, hashed, role)
    return {
        "message": t("Registration successful"),
        "user": show(actor or user, user),
        **token,
    }


def login(email: str, password: str) -> dict[str, Any]:
    """Log a user in; return a new token.

    :raises InvalidCredentialsError: no active user has that email and password.
    """
    user = find_user(email)
    hashed, account_id = (user.password, user.id) if user else (None, None)
    try:
        if not verify_password(password, hashed) or not user:
            raise InvalidCredentialsError
        token = _log_in(user.id, hashed)
    except InvalidCredentialsError:
        audit("login refused", account_id=account_id)
        raise
    return {"message": t("Login successful"), "user": show(user, user), **token}


@transaction()
def refresh(actor: Actor, jti: str) -> dict[str, Any]:
    """Revoke the token in use, and return a new one.

    :param jti: identifies the token in use.
    :raises UnauthenticatedError: another request has just revoked it.
    """
    # Without the lock, a concurrent change of password would not revoke the new token.
    lock_user(actor.id)
    if not tokens.revoke(Token.jti == jti):
        raise UnauthenticatedError
    return tokens.issue(actor)


@transaction()
def logout(jti: str) -> None:
    """Revoke the token in use.

    :param jti: identifies it.
    """
    tokens.revoke(Token.jti == jti)


@transaction()
def logout_everywhere(user_id: int) -> None:
    """Revoke every token of a user."""
    lock_user(user_id)  # without it, a concurrent refresh could issue one more
    tokens.revoke(Token.user_id == user_id)


def _require_right(actor: Actor | None, role: Role) -> None:
    """Check that ``actor`` may register a user of a role.

    :raises ForbiddenError: they may not.
    """
    open_to_all = setting("ADMIN_REGISTRATION") == "open"
    if not policy.may_register(actor, role, open_to_all):
        raise ForbiddenError(
            t(
                "Only an admin can register an admin, or give a user that role; the "
                "first admin is created with flask create-admin."
            )
        )


@transaction()
def _create_with_token(
    actor: Actor | None, name: str, email: str, hashed: str, role: Role
) -> tuple[User, dict[str, Any]]:
    _require_right(actor, role)  # once more: hashing may have taken seconds
    user = create_user(name, email, hashed, role)
    credentials.request_confirmation(user)
    return user, tokens.issue(user)


@transaction()
def _log_in(user_id: int, hashed: str | None) -> dict[str, Any]:
    user = lock_user(user_id)
    # The user may have been deactivated, or the password changed, during verification.
    if user is None or not user.active or user.password != hashed:
        raise InvalidCredentialsError
    publish(LoggedIn(user.id))
    return tokens.issue(user)
