"""Compare a ticket with the conditions of a rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from ticketing.rules.models import Trigger
from ticketing.search.terms import has_terms, terms_in
from ticketing.search.words import index_of
from ticketing.service_levels.clocks import Target
from ticketing.tickets.models import Priority, Side, Status, Ticket, ticket_text

MINUTE = timedelta(minutes=1)
Reason = dict[str, Any]  # as a ``ReasonSchema`` describes it


@dataclass(frozen=True)
class Occasion:
    """Something that happened to a ticket, on which rules are tried.

    :ivar target: the target that is nearly missed or was missed, for a service level.
    """

    on: Trigger
    target: Target | None = None


@dataclass(frozen=True)
class Facts:
    """The state of a ticket, with which conditions are compared.

    :ivar text: the subject and the description.
    :ivar idle_minutes: the minutes since a person last acted in its public stream.
    """

    occasion: Occasion
    status: Status
    priority: Priority
    category_id: int
    waiting_on: Side
    assigned_to: int | None
    text: str
    idle_minutes: int


def facts_of(ticket: Ticket, occasion: Occasion, now: datetime) -> Facts:
    """Return the facts of a ticket on an occasion."""
    return Facts(
        occasion=occasion,
        status=ticket.status,
        priority=ticket.priority,
        category_id=ticket.category_id,
        waiting_on=ticket.waiting_on,
        assigned_to=ticket.assigned_to,
        text=ticket_text(ticket.subject, ticket.description),
        idle_minutes=max(now - ticket.silent_since, timedelta()) // MINUTE,
    )


def examine(conditions: Mapping[str, Any], facts: Facts) -> tuple[bool, list[Reason]]:
    """Return whether a ticket meets all conditions, and its value for each of them.

    :param conditions: as a ``ConditionsSchema`` loads them.
    """
    # A closed ticket is never idle.
    is_excluded = facts.occasion.on is Trigger.IDLE and facts.status is Status.CLOSED
    reasons, is_met = [], not is_excluded
    if is_excluded and "status" not in conditions:
        reasons.append({"condition": "status", "value": facts.status})
    for name, (value_of, is_enough) in CONDITIONS.items():
        if name in conditions:
            value = value_of(facts, conditions[name])
            reasons.append({"condition": name, "value": value})
            is_met = is_met and is_enough(value, conditions[name])
    return is_met, reasons


def _is_one_of(value: Any, wanted: Sequence[Any]) -> bool:
    return value in wanted


def _words_of(facts: Facts, wanted: Sequence[str]) -> list[str]:
    """Return which of some words, or phrases, the ticket's text has."""
    index = _index_of(facts.text)  # cached: each rule of a round needs it
    return [words for words in wanted if has_terms(index, terms_in(words))]


_index_of = lru_cache(8)(index_of)


# For each condition, a function that returns the ticket's value, and another one that
# compares it with the value of the condition.
CONDITIONS: dict[
    str, tuple[Callable[[Facts, Any], Any], Callable[[Any, Any], bool]]
] = {
    "status": (lambda facts, wanted: facts.status, _is_one_of),
    "priority": (lambda facts, wanted: facts.priority, _is_one_of),
    "category_id": (lambda facts, wanted: facts.category_id, _is_one_of),
    "target": (lambda facts, wanted: facts.occasion.target, _is_one_of),
    "waiting_on": (lambda facts, wanted: facts.waiting_on, _is_one_of),
    "assigned": (
        lambda facts, wanted: facts.assigned_to is not None,
        lambda value, wanted: value is wanted,
    ),
    "words": (_words_of, lambda value, wanted: bool(value)),
    "idle_minutes": (
        lambda facts, wanted: facts.idle_minutes,
        lambda value, wanted: value >= wanted,
    ),
}
