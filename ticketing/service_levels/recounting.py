"""Recount tickets from their logs: those whose policy has changed, or any tickets."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select

from ticketing.core.database import db, utcnow
from ticketing.core.hot import update_row
from ticketing.core.transaction import publish, renew_snapshot, transaction
from ticketing.service_levels.alarms import emit_crossed
from ticketing.service_levels.candidates import UNFINISHED
from ticketing.service_levels.choosing import choose
from ticketing.service_levels.clocks import Happened, Moment, replay
from ticketing.service_levels.counting import nothing_due
from ticketing.service_levels.events import TicketRecounted
from ticketing.service_levels.levels import (
    Checkpoint,
    Level,
    delete_levels,
    insert_levels,
    read_checkpoints,
    read_levels,
    update_levels,
)
from ticketing.service_levels.models import ServiceLevel
from ticketing.service_levels.moments import read_moments
from ticketing.service_levels.versions import Version
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.models import DONE, Ticket


class Counted(NamedTuple):
    """The result of recounting a ticket.

    :ivar former: the stored checkpoint; ``None`` if the ticket had no policy.
    :ivar present: the recounted level; ``None`` if the ticket has no policy.
    :ivar moments: those of the ticket, if it has a policy or had a calendar.
    """

    ticket: Ticket
    former: Checkpoint | None
    present: Level | None
    moments: Sequence[Moment]


def recount(tickets: Sequence[Ticket], since: datetime) -> None:
    """Recount those of some locked tickets whose policy has changed.

    Alarms that were due by the former policy are emitted. Alarms that lie in the past
    only because of the present policy are not.

    :param since: when the policies, or the tickets, were changed.
    """
    former = read_levels([ticket.id for ticket in tickets])
    chosen = {t.id: choose(t.priority, t.category_id) for t in tickets}
    changed = [t for t in tickets if _has_changed(former.get(t.id), chosen[t.id])]
    for ticket in changed:
        if ticket.id in former:
            emit_crossed(ticket, former[ticket.id], since)
    _store(_count(changed, former, chosen, since))


@transaction()
def recount_unfinished(ticket_ids: Collection[int], since: datetime) -> None:
    """Recount the tickets that are still unfinished, by their present policies.

    :param since: when the policies were changed.
    """
    recount(_lock(ticket_ids, Ticket.status.in_(UNFINISHED)), since)


def find_mismatches(ticket_ids: Collection[int]) -> list[int]:
    """Return the tickets whose stored targets seem to differ from their logs.

    The tickets are not locked. One that changes meanwhile may be returned by mistake:
    ``recompute`` checks again under the lock.
    """
    renew_snapshot()
    tickets = select(Ticket).where(Ticket.id.in_(ticket_ids)).order_by(Ticket.id)
    fresh = tickets.execution_options(populate_existing=True)
    found = db.session.scalars(fresh).all()
    return [each.ticket.id for each in _mismatches(found)]


@transaction()
def recompute(ticket_ids: Collection[int], stores: bool = True) -> list[int]:
    """Recount tickets from their logs; return those whose stored targets differed.

    Resolved and closed tickets are counted by the version that is stored for them.

    :param stores: whether to replace the targets that differ by the recounted ones.
    """
    wrong = _mismatches(_lock(ticket_ids))
    if stores:  # a row without a checkpoint names a version that does not exist
        delete_levels([each.ticket.id for each in wrong if not each.former])
        _store(wrong)
    return [each.ticket.id for each in wrong]


def is_outdated(ticket: Ticket, level: Level | None) -> bool:
    """Return whether a ticket is not counted by the policy that it has now."""
    return _has_changed(level, choose(ticket.priority, ticket.category_id))


def _lock(
    ticket_ids: Collection[int], *criteria: ColumnElement[bool]
) -> Sequence[Ticket]:
    return lock_tickets(Ticket.id.in_(ticket_ids), *criteria)


def _key(version: Version | None) -> tuple[int, int] | None:
    return version.key if version else None


def _has_changed(former: Checkpoint | None, chosen: Version | None) -> bool:
    return _key(former.version if former else None) != _key(chosen)


def _version_of(ticket: Ticket, former: Mapping[int, Checkpoint]) -> Version | None:
    if ticket.status not in DONE:
        return choose(ticket.priority, ticket.category_id)
    stored = former.get(ticket.id)
    return stored.version if stored else None


def _mismatches(tickets: Sequence[Ticket]) -> list[Counted]:
    """Recount tickets from their logs; return those whose stored targets differ."""
    ids = [ticket.id for ticket in tickets]
    former, rows = read_checkpoints(ids), _rows(ids)
    chosen = {ticket.id: _version_of(ticket, former) for ticket in tickets}
    counted = _count(tickets, former, chosen, utcnow())
    return [each for each in counted if _differs(each, rows.get(each.ticket.id))]


def _count(
    tickets: Sequence[Ticket],
    former: Mapping[int, Checkpoint],
    chosen: Mapping[int, Version | None],
    now: datetime,
) -> list[Counted]:
    """Recount tickets from their logs, each by the version chosen for it."""
    # The durations of a ticket that had a calendar follow from its log, too.
    read = [t.id for t in tickets if chosen[t.id] or _hours(former.get(t.id))]
    logs = read_moments(read)
    counted = []
    for ticket in tickets:
        before, version = former.get(ticket.id), chosen[ticket.id]
        moments = logs.get(ticket.id, [])
        present = None
        if version:
            clocks = replay(version.goals, ticket.created_at, moments)
            is_same = before and not _has_changed(before, version)
            checked_until = before.checked_until if before and is_same else now
            present = Level(version, checked_until, clocks)
        counted.append(Counted(ticket, before, present, moments))
    return counted


def _store(counted: Iterable[Counted]) -> None:
    added: dict[int, Level] = {}
    changed: dict[int, Level] = {}
    gone: list[int] = []
    for ticket, former, present, _ in counted:
        if present:
            (changed if former else added)[ticket.id] = present
        elif former:
            gone.append(ticket.id)
    insert_levels(added)
    update_levels(changed)
    delete_levels(gone)
    for each in counted:
        _change_ticket(each)


def _change_ticket(counted: Counted) -> None:
    ticket, former, present, moments = counted
    update_row(ticket, **(present.on_ticket if present else nothing_due(ticket.status)))
    before, after = _hours(former), _hours(present)
    if before != after:
        answers = (m.at for m in moments if m.what is Happened.SUPPORT_REPLIED)
        publish(TicketRecounted(ticket.id, next(answers, None)))


def _hours(level: Checkpoint | None) -> Any:
    return level.version.calendar if level else None


def _rows(ticket_ids: Collection[int]) -> dict[int, Any]:
    """Return the rows of ``ServiceLevel`` as they are stored, by ticket."""
    stored = select(ServiceLevel.__table__)
    found = db.session.execute(stored.where(ServiceLevel.ticket_id.in_(ticket_ids)))
    return {row.ticket_id: row._asdict() for row in found}


def _differs(counted: Counted, row: Mapping[str, Any] | None) -> bool:
    """Return whether the stored targets of a ticket differ from the recounted ones."""
    ticket, present = counted.ticket, counted.present
    expected = {"ticket_id": ticket.id, **present.row} if present else None
    on_ticket = present.on_ticket if present else nothing_due(ticket.status)
    is_equal = all(getattr(ticket, name) == value for name, value in on_ticket.items())
    return expected != row or not is_equal
