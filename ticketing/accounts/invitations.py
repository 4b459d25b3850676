"""Use cases of invitations: admins create users, who set their own passwords."""

from typing import Any

from ticketing import policy
from ticketing.accounts import links
from ticketing.accounts.events import InvitationMade
from ticketing.accounts.models import Actor, Purpose, Role, User
from ticketing.accounts.service import (
    NO_SUCH_USER,
    create_user,
    lock_for_change,
    show,
)
from ticketing.core.errors import ConflictError, NotFoundError
from ticketing.core.text import t
from ticketing.core.transaction import publish, transaction


@transaction()
def invite_user(actor: Actor, name: str, email: str, role: Role) -> dict[str, Any]:
    """Create a user, and mail them a link to set a password.

    :return: the user, with ``invitation_url``.
    :raises ForbiddenError: ``actor`` may not manage users.
    :raises InvalidError: the email is taken.
    """
    policy.require_user_management(actor)
    user = create_user(name, email, None, role)
    return {**show(actor, user), **_invite(user)}


@transaction()
def invite_again(actor: Actor, user_id: int) -> dict[str, str]:
    """Mail a new link to a user who has not set a password yet.

    :return: ``invitation_url``.
    :raises ForbiddenError: ``actor`` may not manage users.
    :raises NotFoundError: there is no such user.
    :raises ConflictError: they have a password, or are not active.
    """
    user = lock_for_change(user_id)
    policy.require_user_management(actor)
    if user is None:
        raise NotFoundError(NO_SUCH_USER)
    if user.password is not None:
        raise ConflictError(t("This user has set a password already."))
    if not user.active:
        raise ConflictError(t("This user is not active, and could not log in."))
    return _invite(user)


def _invite(user: User) -> dict[str, str]:
    link = links.create(user, Purpose.INVITATION)
    publish(InvitationMade(link.id))
    return {"invitation_url": links.url_of(link)}
