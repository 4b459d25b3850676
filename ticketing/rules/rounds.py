"""Rounds: each tries the rules for one occasion on one ticket, in a job.

The job is enqueued in the transaction of the occasion. The changes that rules make have
no actor, and are no occasion for rules.
"""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from sqlalchemy import select

from ticketing.core.cached import Cached
from ticketing.core.database import db, utcnow
from ticketing.core.transaction import publish, transaction
from ticketing.history.events import StreamGrew
from ticketing.history.models import REPLY_EVENTS, Entry, Stream
from ticketing.jobs import service as jobs
from ticketing.jobs.kinds import JobError
from ticketing.jobs.models import Job
from ticketing.jobs.service import NewJob
from ticketing.rules.conditions import Facts, Occasion, facts_of
from ticketing.rules.decisions import Outcome, try_rules
from ticketing.rules.events import RuleApplied
from ticketing.rules.models import SLA_TRIGGERS, Rule, Trigger
from ticketing.rules.staff import Staff, lock_candidates
from ticketing.service_levels.clocks import Target
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.changes import apply_changes
from ticketing.tickets.models import Ticket

POOL = "rules"

# The triggers that active rules have.
TRIGGERS = Cached(
    "rule_triggers",
    lambda: frozenset(db.session.scalars(select(Rule.on).where(Rule.active))),
)


class LockedTicket:
    """A locked ticket, to which the actions of rules are applied."""

    def __init__(self, ticket: Ticket, occasion: Occasion) -> None:
        self._ticket, self._occasion = ticket, occasion
        self.staff = Staff(partial(lock_candidates, ticket.id))

    def facts(self) -> Facts:
        """Return the facts of the ticket as it is now."""
        return facts_of(self._ticket, self._occasion, utcnow())

    def apply(self, outcome: Outcome) -> None:
        """Record the actions of a rule, if it has any effect, and apply them."""
        if not outcome.did:
            return
        payload = {
            "rule_id": outcome.rule.id,
            "name": outcome.rule.name,
            "on": self._occasion.on,
            "did": outcome.did,
            "why": outcome.why,
        }
        publish(RuleApplied(self._ticket.id, None, payload, internal=True))
        apply_changes(None, self._ticket, outcome.changes)


def enqueue_round(grew: StreamGrew) -> None:
    """Enqueue a round if an entry is an occasion for which there are active rules."""
    on = _trigger_of(grew)
    if on and on in TRIGGERS.get():
        jobs.enqueue(new_round(grew.ticket_id, on, **_details_of(grew, on)))


def new_round(ticket_id: int, on: Trigger, **details: Any) -> NewJob:
    """Return the job of a round; the rounds of a ticket run one after another.

    :param details: for an alarm of a service level its ``target``; for an idle ticket
        ``since``, the start of its silence, and ``rule_ids``, if not all are tried.
    """
    data = {"ticket_id": ticket_id, "on": on, **details}
    return NewJob(POOL, data, lane=f"{POOL}.ticket.{ticket_id}")


@transaction()
def run_round(job: Job) -> None:
    """Run a round, and complete its job in the same transaction, so that it acts once.

    :raises JobError: the lease of the job was lost: this changes nothing, and another
        worker runs the round.
    """
    for ticket in lock_tickets(Ticket.id == job.data["ticket_id"]):
        _run(ticket, job.data)
    if not jobs.complete(job):
        raise JobError("LeaseLost")


def _run(ticket: Ticket, data: dict[str, Any]) -> None:
    if "since" in data and data["since"] != ticket.silent_since.isoformat():
        return  # the silence has ended
    target = Target(data["target"]) if "target" in data else None
    occasion = Occasion(Trigger(data["on"]), target)
    rules, status = active_rules(occasion.on), ticket.status
    if occasion.on is Trigger.IDLE:
        rules = _left_for_silence(ticket, rules, data.get("rule_ids"))
    try_rules(rules, LockedTicket(ticket, occasion))
    if ticket.status is not status and Trigger.IDLE in TRIGGERS.get():
        # The cursors of rules for the new status may be beyond this silence already.
        since = ticket.silent_since.isoformat()
        jobs.enqueue(new_round(ticket.id, Trigger.IDLE, since=since))


def _left_for_silence(
    ticket: Ticket, rules: Sequence[Rule], rule_ids: Collection[int] | None
) -> list[Rule]:
    """Return the rules that are still to be tried on the present silence of a ticket.

    No rule acts twice on a silence. Once a rule with ``stop`` has acted, no later rule
    acts.

    :param rule_ids: only these, and those with ``stop``; ``None`` for all.
    """
    did = select(Entry.payload["rule_id"].as_integer()).where(
        Entry.ticket_id == ticket.id,
        Entry.stream == Stream.STAFF,
        Entry.name == RuleApplied.name,
        Entry.payload["on"].as_string() == Trigger.IDLE,
        Entry.created_at > ticket.silent_since,
    )
    acted = {*db.session.scalars(did)}
    left = []
    for rule in rules:
        if rule.id not in acted:
            left.append(rule)
        elif rule.stop:
            break
    # No entry says so if one with ``stop`` has applied and changed nothing.
    return [
        rule for rule in left if rule.stop or rule_ids is None or rule.id in rule_ids
    ]


def active_rules(on: Trigger) -> Sequence[Rule]:
    """Return the active rules for an occasion, in the order in which they are tried."""
    active = select(Rule).where(Rule.active, Rule.on == on)
    return db.session.scalars(active.order_by(Rule.position, Rule.id)).all()


def _trigger_of(grew: StreamGrew) -> Trigger | None:
    """Return the trigger of the occasion that an entry is, if it is one."""
    entry = grew.entry
    name, by_person = entry["name"], entry["actor_id"] is not None
    if grew.stream is Stream.STAFF:
        return Trigger(name) if name in SLA_TRIGGERS else None
    if name == "ticket.created":
        return Trigger.OPENED
    if name == "ticket.updated" and by_person:
        return Trigger.UPDATED
    by_customer = entry["actor_id"] == grew.owner_id
    return Trigger.REPLIED if name in REPLY_EVENTS and by_customer else None


def _details_of(grew: StreamGrew, on: Trigger) -> dict[str, Any]:
    has_target = on in SLA_TRIGGERS
    return {"target": grew.entry["payload"]["target"]} if has_target else {}
