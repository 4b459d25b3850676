"""The admins to whom rules assign tickets, and whom they notify."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import CursorResult, Select, func, select, update

from ticketing import policy
from ticketing.accounts.models import User
from ticketing.core.database import db, utcnow
from ticketing.rules.models import LastAssignment
from ticketing.tickets.models import Status, Ticket

UNFINISHED = (Status.OPEN, Status.IN_PROGRESS)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

ADMINS = select(User.id).where(policy.is_active_admin()).order_by(User.id)


@dataclass
class Candidate:
    """An admin who may be assigned a ticket.

    :ivar others: the number of their other tickets that are open or in progress.
    :ivar assigned_at: when they were last assigned one.
    """

    user_id: int
    others: int
    assigned_at: datetime


class Staff:
    """The admins from whom the rules of one round choose.

    :param load: returns the candidates.
    """

    def __init__(self, load: Callable[[], Sequence[Candidate]]) -> None:
        # A ``cached_property`` of Python 3.11 has one lock for all instances. A round
        # that waits for a database lock would hold it, and deadlock with a round that
        # holds the database lock and needs the property.
        self._candidates = cache(load)
        self._admins = cache(lambda: [*db.session.scalars(ADMINS)])

    def choose(
        self, among: Collection[int] | None, holder_id: int | None
    ) -> int | None:
        """Return the id of the admin with the fewest tickets.

        Of equals, it is the one who was assigned a ticket longest ago.

        :param among: their ids; ``None`` for all.
        :param holder_id: the assignee of this ticket, if it is open or in progress.
        :return: ``None`` if nobody is available.
        """
        candidates = [c for c in self._candidates() if not among or c.user_id in among]

        def burden(candidate: Candidate) -> tuple[int, datetime, int]:
            count = candidate.others + (candidate.user_id == holder_id)
            return count, candidate.assigned_at, candidate.user_id

        return min(candidates, key=burden).user_id if candidates else None

    def note_assignment(self, user_id: int) -> None:
        """Note an assignment, which later choices of the round take into account."""
        for candidate in self._candidates():
            if candidate.user_id == user_id:
                candidate.assigned_at = utcnow()

    @property
    def admins(self) -> list[int]:
        """The ids of all active admins."""
        return self._admins()


def lock_candidates(ticket_id: int) -> list[Candidate]:
    """Lock the candidates for a locked ticket until the transaction ends; return them.

    Under the locks on ``LastAssignment``, assignees are chosen one after another. The
    locks on users are shared, like those of foreign keys.
    """
    rows = select(LastAssignment.user_id).order_by(LastAssignment.user_id)
    known = {*db.session.scalars(rows.with_for_update())}
    candidates = _candidates(_available(ticket_id).with_for_update(read=True))
    for candidate in candidates:
        if candidate.user_id not in known:
            db.session.add(LastAssignment(user_id=candidate.user_id))
    return candidates


def read_candidates(ticket_id: int) -> list[Candidate]:
    """Return the candidates for a ticket, without locking them."""
    return _candidates(_available(ticket_id))


def note_assignment(user_id: int) -> None:
    """Store that a user was assigned a ticket, in the current transaction."""
    now = utcnow()
    this = update(LastAssignment).where(LastAssignment.user_id == user_id)
    noted = db.session.execute(this.values(assigned_at=now))
    if not cast(CursorResult[Any], noted).rowcount:
        db.session.add(LastAssignment(user_id=user_id, assigned_at=now))


def _available(ticket_id: int) -> Select[Any]:
    """Return the query of candidates, with the columns of ``Candidate``."""
    others = (
        select(func.count())
        .select_from(Ticket)
        .where(Ticket.assigned_to == User.id, Ticket.status.in_(UNFINISHED))
        .where(Ticket.id != ticket_id)
    )
    return (
        ADMINS.where(User.available)
        .add_columns(others.scalar_subquery(), LastAssignment.assigned_at)
        .outerjoin(LastAssignment, LastAssignment.user_id == User.id)
    )


def _candidates(available: Select[Any]) -> list[Candidate]:
    return [
        Candidate(user_id, others, assigned_at or NEVER)
        for user_id, others, assigned_at in db.session.execute(available)
    ]
