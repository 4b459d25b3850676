"""Find idle tickets: those on which nobody has acted for some time.

A silence is the time since a person last acted in the public stream of a ticket. Each
rule on idle tickets has a cursor in the silences, ordered by their start: it has been
tried on all up to the cursor. It is tried again on one silence if a rule has changed
the ticket's status since, and on all silences if an admin has changed its conditions.
No rule acts twice on one silence.
"""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from ticketing.core.database import db, utcnow
from ticketing.core.transaction import transaction
from ticketing.jobs import service as jobs
from ticketing.rules.models import Rule, Trigger
from ticketing.rules.rounds import TRIGGERS, new_round
from ticketing.tickets.models import Status, Ticket

MAX_TICKETS = 20  # for all rules together, in each interval
INTERVAL = timedelta(seconds=1)
CAN_BE_IDLE = [status for status in Status if status is not Status.CLOSED]
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Silence(NamedTuple):
    """The silence of a ticket that is not closed, with its start."""

    since: datetime
    ticket_id: int


def poll() -> None:
    """Enqueue rounds of rules for tickets that have become idle."""
    if Trigger.IDLE in TRIGGERS.get():
        enqueue_due(utcnow())


@transaction()
def enqueue_due(now: datetime) -> None:
    """Enqueue a round for each ticket that has become idle, up to ``MAX_TICKETS``.

    The rules are locked, so that only one of several workers enqueues a round.
    """
    rules = _lock_rules()
    if any(rule.looked_at and now - rule.looked_at < INTERVAL for rule in rules):
        return
    due = _take({rule: deque(_silences(rule, now)) for rule in rules})
    for rule in rules if due else []:
        rule.looked_at = now
    jobs.enqueue(
        *(
            new_round(
                silence.ticket_id,
                Trigger.IDLE,
                since=silence.since.isoformat(),
                rule_ids=rule_ids,
            )
            for silence, rule_ids in due.items()
        )
    )


def _lock_rules() -> Sequence[Rule]:
    idle = select(Rule).where(Rule.active, Rule.on == Trigger.IDLE)
    return db.session.scalars(idle.order_by(Rule.id).with_for_update()).all()


def _silences(rule: Rule, now: datetime) -> Sequence[Silence]:
    """Return the next silences to try a rule on, ordered by their start.

    Tickets whose status the rule excludes are left out: they would only delay others.
    """
    params = {
        "after": rule.silence_at or BEGINNING,
        "after_id": rule.silence_id or 0,
        "until": now - timedelta(minutes=rule.conditions["idle_minutes"]),
    }
    wanted = rule.conditions.get("status", Status)
    statuses = [each for each in CAN_BE_IDLE if each in wanted]
    found = db.session.execute(_next(*statuses), params) if statuses else ()
    return [Silence(since, ticket_id) for since, ticket_id in found]


def _take(queues: dict[Rule, deque[Silence]]) -> dict[Silence, list[int]]:
    """Take up to ``MAX_TICKETS`` silences, one of each rule in rotation.

    The cursors of the rules are moved to the silences taken.

    :return: for each silence, the ids of the rules to try on it.
    """
    taken: dict[Silence, list[int]] = {}
    while queues:
        for rule, queue in [*queues.items()]:
            is_full = len(taken) == MAX_TICKETS
            if not queue or is_full and queue[0] not in taken:
                del queues[rule]
                continue
            silence = queue.popleft()
            taken.setdefault(silence, []).append(rule.id)
            rule.silence_at, rule.silence_id = silence.since, silence.ticket_id
    return taken


def _next_by(
    began: InstrumentedAttribute[Any], *criteria: ColumnElement[bool]
) -> Select[Any]:
    """Return the statement that selects the next silences in the order of an index."""
    after = bindparam("after", type_=Ticket.last_activity_at.type)
    after_id = bindparam("after_id", type_=Ticket.id.type)
    until = bindparam("until", type_=Ticket.last_activity_at.type)
    beyond = or_(began > after, and_(began == after, Ticket.id > after_id))
    found = select(began.label("since"), Ticket.id.label("ticket_id")).where(
        *criteria, began >= after, began <= until, beyond
    )
    few = found.order_by(began, Ticket.id).limit(MAX_TICKETS).subquery()
    return select(few.c.since, few.c.ticket_id)


# The column is in an expression so that SQLite does not use its index here: it would
# have to sort the rows that it finds by it.
_BY_PERSON = func.coalesce(Ticket.person_acted_at, Ticket.person_acted_at).is_(None)


@cache
def _next(*statuses: Status) -> CompoundSelect[Any]:
    """Return the statement that selects the next silences of tickets in some statuses.

    It is a union over the statuses, since MySQL does not merge ordered index ranges.
    """
    ranges = (
        part
        for status in statuses
        for part in (
            _next_by(Ticket.last_activity_at, Ticket.status == status, _BY_PERSON),
            _next_by(Ticket.person_acted_at, Ticket.status == status),
        )
    )
    return union_all(*ranges).order_by("since", "ticket_id").limit(MAX_TICKETS)
