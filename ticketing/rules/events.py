"""Events of rules."""

from dataclasses import dataclass

from ticketing.tickets.events import TicketEvent


class RuleApplied(TicketEvent):
    """A rule was applied to a ticket; only admins may see it.

    The payload is as ``AppliedSchema`` describes it.
    """

    name = "rule.applied"
    staff_only = True


@dataclass(frozen=True)
class RulesChanged:
    """A rule was created, changed or deleted."""
