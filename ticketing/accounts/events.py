"""What can happen to accounts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TokensRevoked:
    """Tokens are good no longer."""

    jtis: frozenset[str]


@dataclass(frozen=True)
class StandingChanged:
    """A user's role changed, or they were deactivated or activated again."""

    user_id: int
    actor_id: int
    may_be_assigned: bool
