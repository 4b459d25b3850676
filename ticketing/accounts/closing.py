"""Close accounts for good.

The row of the user stays, without name, email and password: tickets, comments and
messages refer to it. The data of the user is erased afterwards; see ``people``.
"""

from ticketing import policy
from ticketing.accounts import service, tokens
from ticketing.accounts.events import AccountClosed, RightsChanged, RightsChanging
from ticketing.accounts.models import Actor, Token, User
from ticketing.accounts.passwords import verify_password
from ticketing.core.database import later_than
from ticketing.core.errors import InvalidError, NotFoundError
from ticketing.core.transaction import publish, transaction


def close_own_account(actor: Actor, current_password: str) -> None:
    """Close the account of ``actor``.

    :raises InvalidError: the password is wrong.
    :raises LastAdminError: no active admin would be left.
    """
    verified = service.get_user(actor.id).password
    if not verify_password(current_password, verified):
        raise InvalidError({"current_password": [service.WRONG_PASSWORD]})
    _close_own(actor, verified)


@transaction()
def close_account(actor: Actor, user_id: int) -> None:
    """Close the account of a user; one that is closed already stays closed.

    :raises ForbiddenError: ``actor`` may no longer manage users.
    :raises NotFoundError: there is no such user.
    :raises LastAdminError: no active admin would be left.
    """
    user, admins = _lock(user_id, actor.id)
    policy.require_user_management(admins[actor.id])
    _close(user, admins, actor.id)


@transaction()
def close_again(user_id: int) -> None:
    """Close an account that a restored backup has open.

    :raises NotFoundError: there is no such user.
    :raises LastAdminError: no active admin would be left.
    """
    _close(*_lock(user_id, user_id), user_id)


@transaction()
def _close_own(actor: Actor, verified: str | None) -> None:
    """Close an account, unless the password was changed since it was verified.

    :param verified: the hash that the current password was verified against.
    """
    user, admins = _lock(actor.id, actor.id)
    if user.password != verified:
        raise InvalidError({"current_password": [service.WRONG_PASSWORD]})
    _close(user, admins, actor.id)


def _lock(user_id: int, actor_id: int) -> tuple[User, dict[int, User]]:
    """Lock and return a user; and, by id, the active admins and the actor."""
    publish(RightsChanging(user_id))  # every use case locks tickets before users
    user = service.lock_for_change(user_id)
    admins = service.lock_admins(actor_id)
    if user is None:
        raise NotFoundError(service.NO_SUCH_USER)
    return user, admins


def _close(user: User, admins: dict[int, User], actor_id: int) -> None:
    if user.closed_at is not None:
        return
    was_admin = policy.may_be_assigned(user)
    user.close(later_than(user.updated_at))
    if was_admin and not any(map(policy.may_be_assigned, admins.values())):
        raise service.LastAdminError
    tokens.revoke(Token.user_id == user.id)
    publish(RightsChanged(user.id, actor_id, False, user.role, active=False))
    publish(AccountClosed(user.id))
