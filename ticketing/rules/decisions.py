"""What a rule does with a ticket: decided here, whether it is then done or only shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ticketing.rules.conditions import Facts, Reason, examine
from ticketing.rules.models import Rule
from ticketing.rules.staff import UNDONE, Staff
from ticketing.tickets.models import RANKED, Priority, Status

NOBODY = "nobody_available"


@dataclass(frozen=True)
class Outcome:
    """What became of trying a rule on a ticket.

    :ivar why: the conditions, with the ticket's values.
    :ivar changes: fields of the ticket, with their new values.
    :ivar did: what the rule does, as a ``DidSchema`` describes it.
    """

    rule: Rule
    applies: bool
    why: list[Reason]
    changes: dict[str, Any]
    did: dict[str, Any]


class Stage(Protocol):
    """A ticket on which rules are tried, one after another."""

    staff: Staff

    def facts(self) -> Facts:
        """Return what rules know of the ticket now."""

    def apply(self, outcome: Outcome) -> None:
        """Do what a rule that applies does."""


def try_rules(rules: Sequence[Rule], stage: Stage) -> list[Outcome]:
    """Try rules on a ticket, up to one that applies and stops; return the outcomes."""
    outcomes = []
    for rule in rules:
        outcome = _try(rule, stage.facts(), stage.staff)
        outcomes.append(outcome)
        if outcome.applies:
            stage.apply(outcome)
            if rule.stop:
                break
    return outcomes


def _try(rule: Rule, facts: Facts, staff: Staff) -> Outcome:
    applies, why = examine(rule.conditions, facts)
    if not applies:
        return Outcome(rule, False, why, {}, {})
    changes, failed = _changes(rule.actions, facts, staff)
    did: dict[str, Any] = {
        name: [getattr(facts, name), new] for name, new in changes.items()
    }
    if "notify" in rule.actions:
        assignee = replace(facts, **changes).assigned_to
        notified = _notified(rule.actions["notify"], assignee, staff)
        did |= {"notified": notified} if notified else {}
        failed |= {} if notified else {"notify": NOBODY}
    did |= {"failed": failed} if failed else {}
    return Outcome(rule, True, why, changes, did)


def _changes(
    actions: dict[str, Any], facts: Facts, staff: Staff
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the fields that actions change, and the actions that cannot be done."""
    wanted: dict[str, Any] = {}
    failed = {}
    if "assign" in actions:
        chosen = _assignee(actions["assign"], facts, staff)
        failed = {} if chosen else {"assign": NOBODY}
        wanted |= {"assigned_to": chosen} if chosen else {}
    if "priority" in actions:
        wanted["priority"] = _priority(actions["priority"], facts.priority)
    if "status" in actions:
        wanted["status"] = Status(actions["status"])
    changes = {n: new for n, new in wanted.items() if new != getattr(facts, n)}
    if "assigned_to" in changes:
        staff.note_assignment(changes["assigned_to"])
    return changes, failed


def _assignee(assign: dict[str, Any], facts: Facts, staff: Staff) -> int | None:
    among = [assign["to"]] if "to" in assign else assign["among"]
    holder_id = facts.assigned_to if facts.status in UNDONE else None
    return staff.choose(None if among == "all" else among, holder_id)


def _priority(wanted: str, present: Priority) -> Priority:
    if wanted != "raise":
        return Priority(wanted)
    return RANKED[min(RANKED.index(present) + 1, len(RANKED) - 1)]


def _notified(
    notify: str | list[int], assignee: int | None, staff: Staff
) -> list[int]:
    """Return whom to notify; for the assignee of an unassigned ticket, every admin."""
    if notify == "assignee" and assignee in staff.admins:
        return [assignee]
    if isinstance(notify, str):
        return staff.admins
    return [user_id for user_id in staff.admins if user_id in notify]
