"""Events of accounts."""

from dataclasses import dataclass

from ticketing.accounts.models import Role


@dataclass(frozen=True)
class UserCreated:
    """An account was created."""

    user_id: int
    role: Role


@dataclass(frozen=True)
class LoggedIn:
    """A user logged in with their password."""

    user_id: int


@dataclass(frozen=True)
class PasswordChanged:
    """A user's password was changed."""

    user_id: int


@dataclass(frozen=True)
class EmailChanged:
    """A user's email was changed."""

    user_id: int


@dataclass(frozen=True)
class EmailConfirmed:
    """A user's email was confirmed."""

    user_id: int


@dataclass(frozen=True)
class CredentialsChanged:
    """A password or an email was changed, and a notice of it is to be mailed."""

    notice_id: int


@dataclass(frozen=True)
class InvitationMade:
    """A user was invited, and a link to set the first password is to be mailed."""

    link_id: int


@dataclass(frozen=True)
class ConfirmationRequested:
    """A link to confirm an email was created, and is to be mailed."""

    link_id: int


@dataclass(frozen=True)
class PasswordForgotten:
    """A reset of a forgotten password was requested.

    :param user_id: ``None`` if no user has the email given.
    """

    user_id: int | None


@dataclass(frozen=True)
class PasswordResetMade:
    """A link to set a new password was created, and is to be mailed."""

    link_id: int


@dataclass(frozen=True)
class TokensRevoked:
    """Access tokens were revoked.

    :param jtis: the ``jti`` of each.
    """

    jtis: frozenset[str]


@dataclass(frozen=True)
class RightsChanging:
    """A user's role or ``active`` is about to change; no row has been locked yet."""

    user_id: int


@dataclass(frozen=True)
class AccountClosed:
    """An account was closed for good; the data of its user is to be erased."""

    user_id: int


@dataclass(frozen=True)
class RightsChanged:
    """A user's role was changed, or they were deactivated or activated.

    :param actor_id: the admin who changed it.
    :param may_be_assigned: whether tickets may be assigned to the user from now on.
    :param role: the user's new role.
    :param active: whether the user is active from now on.
    """

    user_id: int
    actor_id: int
    may_be_assigned: bool
    role: Role
    active: bool
