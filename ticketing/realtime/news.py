"""News: what one process tells all of them, and each acts on for its own users."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

News = dict[str, Any]  # what JSON can say
Action = Callable[[News], None]


@dataclass(frozen=True)
class Reaction:
    """What a process does about news of a kind.

    :param concerns: whether they are of anyone here; it is asked where nobody may wait.
    """

    concerns: Callable[[News], bool]
    act: Action


REACTIONS: dict[str, Reaction] = {}  # by the kind of news


def reacts_to(
    kind: str, concerns: Callable[[News], bool]
) -> Callable[[Action], Action]:
    """Let a part act on news of a kind, in every process that they concern."""

    def decorate(act: Action) -> Action:
        REACTIONS[kind] = Reaction(concerns, act)
        return act

    return decorate
