"""What can happen to accounts."""

from dataclasses import dataclass
from typing import ClassVar

from ticketing.accounts.models import Role


@dataclass(frozen=True)
class UserCreated:
    """There is a new account."""

    user_id: int
    role: Role


@dataclass(frozen=True)
class LoggedIn:
    """A user showed that they know their password, and was let in."""

    user_id: int


@dataclass(frozen=True)
class PasswordChanged:
    """A user has a new password."""

    user_id: int


@dataclass(frozen=True)
class TokensRevoked:
    """Tokens are good no longer."""

    urgent: ClassVar = True
    jtis: frozenset[str]


@dataclass(frozen=True)
class StandingChanging:
    """A user's role or activity is about to change; nothing has been locked yet."""

    user_id: int


@dataclass(frozen=True)
class StandingChanged:
    """A user's role changed, or they were deactivated or activated again."""

    urgent: ClassVar = True
    user_id: int
    actor_id: int
    may_be_assigned: bool
    role: Role
    active: bool
