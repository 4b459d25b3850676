"""Count tickets from nothing: those that have another policy now, or any of them."""

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
    Kept,
    Level,
    delete_levels,
    insert_levels,
    read_kept,
    read_levels,
    update_levels,
)
from ticketing.service_levels.models import ServiceLevel
from ticketing.service_levels.moments import read_moments
from ticketing.service_levels.versions import Version
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.models import DONE, Ticket


class Counted(NamedTuple):
    """What was counted of a ticket.

    :ivar former: as it was stored.
    :ivar present: as it is; ``None`` without a policy.
    :ivar moments: what happened to the ticket, if it has a policy or had a calendar.
    """

    ticket: Ticket
    former: Kept | None
    present: Level | None
    moments: Sequence[Moment]


def recount(tickets: Sequence[Ticket], since: datetime) -> None:
    """Count locked tickets by their present policies, if these are not the former ones.

    What was due by the former ones is emitted; what the present ones put into the past
    is not.

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
    """Count tickets by their present policies, if they are unfinished still.

    :param since: when the policies were changed.
    """
    recount(_lock(ticket_ids, Ticket.status.in_(UNFINISHED)), since)


def suspects(ticket_ids: Collection[int]) -> list[int]:
    """Return those of which something else is stored than was counted from nothing.

    They are not locked: what happens meanwhile makes one seem so.
    """
    renew_snapshot()
    tickets = select(Ticket).where(Ticket.id.in_(ticket_ids)).order_by(Ticket.id)
    fresh = tickets.execution_options(populate_existing=True)
    return [each.ticket.id for each in _wrong(db.session.scalars(fresh).all())]


@transaction()
def recompute(ticket_ids: Collection[int], mends: bool = True) -> list[int]:
    """Count tickets from nothing; return those of which something else is stored.

    Resolved and closed ones are counted by the versions that they have kept.

    :param mends: whether to store what was counted.
    """
    wrong = _wrong(_lock(ticket_ids))
    if mends:  # there may be a row that names no version that there is
        delete_levels([each.ticket.id for each in wrong if not each.former])
        _store(wrong)
    return [each.ticket.id for each in wrong]


def is_outdated(ticket: Ticket, level: Level | None) -> bool:
    """Return whether a ticket has another policy than that of its level."""
    return _has_changed(level, choose(ticket.priority, ticket.category_id))


def _lock(
    ticket_ids: Collection[int], *criteria: ColumnElement[bool]
) -> Sequence[Ticket]:
    return lock_tickets(Ticket.id.in_(ticket_ids), *criteria)


def _key(version: Version | None) -> tuple[int, int] | None:
    return version.key if version else None


def _has_changed(former: Kept | None, chosen: Version | None) -> bool:
    return _key(former.version if former else None) != _key(chosen)


def _version_of(ticket: Ticket, former: Mapping[int, Kept]) -> Version | None:
    if ticket.status not in DONE:
        return choose(ticket.priority, ticket.category_id)
    kept = former.get(ticket.id)
    return kept.version if kept else None


def _wrong(tickets: Sequence[Ticket]) -> list[Counted]:
    """Count tickets from nothing; return those of which something else is stored."""
    ids = [ticket.id for ticket in tickets]
    former, rows = read_kept(ids), _rows(ids)
    chosen = {ticket.id: _version_of(ticket, former) for ticket in tickets}
    counted = _count(tickets, former, chosen, utcnow())
    return [each for each in counted if _differs(each, rows.get(each.ticket.id))]


def _count(
    tickets: Sequence[Ticket],
    former: Mapping[int, Kept],
    chosen: Mapping[int, Version | None],
    now: datetime,
) -> list[Counted]:
    """Count tickets from their logs, by the versions chosen."""
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


def _hours(level: Kept | None) -> Any:
    return level.version.calendar if level else None


def _rows(ticket_ids: Collection[int]) -> dict[int, Any]:
    """Return what is stored of the levels of tickets."""
    stored = select(ServiceLevel.__table__)
    found = db.session.execute(stored.where(ServiceLevel.ticket_id.in_(ticket_ids)))
    return {row.ticket_id: row._asdict() for row in found}


def _differs(counted: Counted, row: Mapping[str, Any] | None) -> bool:
    """Return whether something else is stored of a ticket than was counted."""
    ticket, present = counted.ticket, counted.present
    expected = {"ticket_id": ticket.id, **present.row} if present else None
    on_ticket = present.on_ticket if present else nothing_due(ticket.status)
    is_kept = all(getattr(ticket, name) == value for name, value in on_ticket.items())
    return expected != row or not is_kept
