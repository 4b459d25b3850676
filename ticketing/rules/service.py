"""Use cases of rules."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import select

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.database import db, later_than, utcnow
from ticketing.core.errors import InvalidError, NotFoundError, TooManyError
from ticketing.core.pages import Feed, Order, Page
from ticketing.core.text import t
from ticketing.core.transaction import publish, transaction
from ticketing.rules.conditions import Facts, Occasion, facts_of
from ticketing.rules.decisions import Outcome, try_rules
from ticketing.rules.events import RulesChanged
from ticketing.rules.models import SLA_TRIGGERS, Rule, Trigger
from ticketing.rules.rounds import active_rules
from ticketing.rules.schemas import RuleSchema
from ticketing.rules.staff import ADMINS, Staff, read_candidates
from ticketing.service_levels.clocks import Target
from ticketing.tickets.access import NO_TICKET
from ticketing.tickets.changes import lock_category
from ticketing.tickets.models import Ticket
from ticketing.web.fields import MISSING
from ticketing.web.schemas import Serialized
from ticketing.web.serializer import RowSerializer

MAX_RULES = 100

RULES = RowSerializer(RuleSchema, Rule)
BY_POSITION = Feed(
    select(*RULES.columns),
    Order("position", Rule.position, Rule.id),
    RULES.serialize,
)


class PreviewedTicket:
    """A ticket that is not changed: only its facts are, as rules would change it."""

    def __init__(self, ticket_id: int, facts: Facts) -> None:
        self._facts = facts
        self.staff = Staff(partial(read_candidates, ticket_id))

    def facts(self) -> Facts:
        """Return the facts of the ticket as earlier rules would have changed them."""
        return self._facts

    def apply(self, outcome: Outcome) -> None:
        """Change the facts as a rule would change the ticket."""
        self._facts = replace(self._facts, **outcome.changes)


def list_rules(actor: Actor, **page: Any) -> Page[Serialized]:
    """Return a page of rules, ordered by position, then by id.

    :raises ForbiddenError: ``actor`` may not manage rules.
    """
    policy.require_rules(actor)
    return BY_POSITION.page(**page)


def get_rule(actor: Actor, rule_id: int) -> Rule:
    """Return a rule.

    :raises ForbiddenError: ``actor`` may not manage rules.
    :raises NotFoundError: there is no such rule.
    """
    policy.require_rules(actor)
    return _found(db.session.get(Rule, rule_id))


@transaction()
def add_rule(actor: Actor, **fields: Any) -> Rule:
    """Create a rule.

    :param fields: as in a ``RuleAddSchema``.
    :raises ForbiddenError: ``actor`` may not manage rules.
    :raises TooManyError: there are ``MAX_RULES``.
    :raises InvalidError: a condition does not fit ``on``, or there is no such category
        or admin.
    """
    policy.require_rules(actor)
    # Locked, so that the second of two transactions that add rules counts the first's.
    ids = select(Rule.id).order_by(Rule.id).with_for_update()
    if len(db.session.scalars(ids).all()) >= MAX_RULES:
        too_many = t("There are {limit} rules already; delete one first.")
        raise TooManyError(too_many.format(limit=MAX_RULES))
    rule = Rule(**fields)
    _require_valid(rule, fields)
    db.session.add(rule)
    db.session.flush()
    publish(RulesChanged())
    return rule


@transaction()
def edit_rule(actor: Actor, rule_id: int, **changes: Any) -> Rule:
    """Change a rule.

    :param changes: as in a ``RuleEditSchema``.
    :raises ForbiddenError: ``actor`` may not manage rules.
    :raises NotFoundError: there is no such rule.
    :raises InvalidError: a condition does not fit ``on``, or there is no such category
        or admin.
    """
    rule = _lock_rule(actor, rule_id)
    changed = {k: v for k, v in changes.items() if getattr(rule, k) != v}
    if not changed:
        return rule
    for name, value in changed.items():
        setattr(rule, name, value)
    _require_valid(rule, changed)
    if {"on", "conditions"} & changed.keys():  # try it again on all silences
        rule.silence_at = rule.silence_id = None
    rule.updated_at = later_than(rule.updated_at)
    publish(RulesChanged())
    return rule


@transaction()
def delete_rule(actor: Actor, rule_id: int) -> None:
    """Delete a rule.

    :raises ForbiddenError: ``actor`` may not manage rules.
    :raises NotFoundError: there is no such rule.
    """
    db.session.delete(_lock_rule(actor, rule_id))
    publish(RulesChanged())


def preview_rules(
    actor: Actor, ticket_id: int, on: Trigger, target: Target | None = None
) -> dict[str, Any]:
    """Try rules on a ticket without changing it; return a ``PreviewsSchema``.

    :raises ForbiddenError: ``actor`` may not manage rules.
    :raises InvalidError: there is a target, but ``on`` is not about targets.
    :raises NotFoundError: ``actor`` can see no such ticket.
    """
    policy.require_rules(actor)
    if target and on not in SLA_TRIGGERS:
        raise InvalidError({"target": [_only_on(*SLA_TRIGGERS)]})
    visible = select(Ticket).where(Ticket.id == ticket_id, policy.visible_to(actor))
    ticket = db.session.scalar(visible)
    if ticket is None:
        raise NotFoundError(NO_TICKET)
    facts = facts_of(ticket, Occasion(on, target), utcnow())
    outcomes = try_rules(active_rules(on), PreviewedTicket(ticket.id, facts))
    return {
        "data": [
            {
                "rule_id": outcome.rule.id,
                "name": outcome.rule.name,
                "applies": outcome.applies,
                "why": outcome.why,
                "would": outcome.did,
            }
            for outcome in outcomes
        ]
    }


def count_with_category(category_id: int) -> int:
    """Return the number of rules, active or not, that name a category."""
    conditions = db.session.scalars(select(Rule.conditions))
    return sum(category_id in each.get("category_id", ()) for each in conditions)


def _lock_rule(actor: Actor, rule_id: int) -> Rule:
    policy.require_rules(actor)
    locked = select(Rule).where(Rule.id == rule_id).with_for_update()
    return _found(db.session.scalar(locked))


def _found(rule: Rule | None) -> Rule:
    if rule is None:
        raise NotFoundError(t("There is no such rule."))
    return rule


def _require_valid(rule: Rule, changed: Collection[str]) -> None:
    """Check the changed fields of a rule.

    The categories that it names are locked until the transaction ends.

    :raises InvalidError: a field is not valid.
    """
    with db.session.no_autoflush:
        if {"on", "conditions"} & {*changed}:
            _require_conditions(rule)
        if "conditions" in changed:
            _lock_categories(rule.conditions.get("category_id", ()))
        if "actions" in changed:
            _require_admins(rule.actions)


def _require_conditions(rule: Rule) -> None:
    """Check that the conditions fit the trigger of a rule."""
    idle = "idle_minutes" in rule.conditions
    if rule.on is Trigger.IDLE and not idle:
        raise InvalidError({"conditions.idle_minutes": [MISSING]})
    if idle and rule.on is not Trigger.IDLE:
        raise InvalidError({"conditions.idle_minutes": [_only_on(Trigger.IDLE)]})
    if "target" in rule.conditions and rule.on not in SLA_TRIGGERS:
        raise InvalidError({"conditions.target": [_only_on(*SLA_TRIGGERS)]})


def _only_on(*triggers: Trigger) -> str:
    return t("Only on {triggers}.", triggers=", ".join(triggers))


def _lock_categories(category_ids: Iterable[int]) -> None:
    try:
        for category_id in sorted(category_ids):
            lock_category(category_id)
    except InvalidError as error:
        [why] = error.details["errors"].values()
        raise InvalidError({"conditions.category_id": why}) from error


def _require_admins(actions: Mapping[str, Any]) -> None:
    """Check that all users whom actions name are active admins."""
    assign, notify = actions.get("assign", {}), actions.get("notify", ())
    named = {
        "actions.assign.to": [assign["to"]] if "to" in assign else [],
        "actions.assign.among": assign.get("among", []),
        "actions.notify": notify,
    }
    admins = {*db.session.scalars(ADMINS)}
    wrong: dict[str, list[str]] = {
        field: [t("Must have ids of active admins only.")]
        for field, ids in named.items()
        if not isinstance(ids, str) and set(ids) - admins
    }
    if wrong:
        raise InvalidError(wrong)
