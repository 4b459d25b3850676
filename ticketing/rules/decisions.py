"""Decide what a rule does with a ticket, alike for a round and for a preview."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ticketing.rules.conditions import Facts, Reason, examine
from ticketing.rules.models import Rule
from ticketing.rules.staff import UNFINISHED, Staff
from ticketing.tickets.models import RANKED, Priority, Status

NOBODY = "nobody_available"


@dataclass(frozen=True)
class Outcome:
    """The result of trying a rule on a ticket.

    :ivar why: the conditions, each with the ticket's value.
    :ivar changes: the fields of the ticket that change, with their new values.
    :ivar did: the actions of the rule, as a ``DidSchema`` describes them.
    """

    rule: Rule
    applies: bool
    why: list[Reason]
    changes: dict[str, Any]
    did: dict[str, Any]


class TriedTicket(Protocol):
    """A ticket on which rules are tried, one after another."""

    staff: Staff

    def facts(self) -> Facts:
        """Return the facts of the ticket after the rules tried so far."""

    def apply(self, outcome: Outcome) -> None:
        """Apply the actions of a rule whose conditions are met."""


def try_rules(rules: Sequence[Rule], ticket: TriedTicket) -> list[Outcome]:
    """Try rules on a ticket, up to one that applies and stops; return the outcomes."""
    outcomes = []
    for rule in rules:
        outcome = _try(rule, ticket.facts(), ticket.staff)
        outcomes.append(outcome)
        if outcome.applies:
            ticket.apply(outcome)
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
    """Return the fields that actions change, and the reasons of actions that fail."""
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
    if _loses_assignee(facts, wanted, staff):
        wanted["assigned_to"] = None
    changes = {n: new for n, new in wanted.items() if new != getattr(facts, n)}
    if changes.get("assigned_to"):
        staff.note_assignment(changes["assigned_to"])
    return changes, failed


def _assignee(assign: dict[str, Any], facts: Facts, staff: Staff) -> int | None:
    among = [assign["to"]] if "to" in assign else assign["among"]
    holder_id = facts.assigned_to if facts.status in UNFINISHED else None
    return staff.choose(None if among == "all" else among, holder_id)


def _loses_assignee(facts: Facts, wanted: dict[str, Any], staff: Staff) -> bool:
    """Return whether a ticket is reopened that was assigned to a former admin."""
    is_closed = facts.status is Status.CLOSED
    reopens = is_closed and wanted.get("status", Status.CLOSED) is not Status.CLOSED
    assignee = wanted.get("assigned_to", facts.assigned_to)
    return reopens and assignee is not None and assignee not in staff.admins


def _priority(wanted: str, present: Priority) -> Priority:
    if wanted != "raise":
        return Priority(wanted)
    return RANKED[min(RANKED.index(present) + 1, len(RANKED) - 1)]


def _notified(
    notify: str | list[int], assignee: int | None, staff: Staff
) -> list[int]:
    """Return the ids of the admins to notify: all, in place of a missing assignee."""
    if notify == "assignee" and assignee in staff.admins:
        return [assignee]
    if isinstance(notify, str):
        return staff.admins
    return [user_id for user_id in staff.admins if user_id in notify]
