"""Query statistics of tickets, each by one statement that an index covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    SQLColumnExpression,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    text,
)

from ticketing.core.database import db
from ticketing.tickets.models import Ticket

Counts = dict[Any, int]
Expression = SQLColumnExpression[Any]
# GROUP BY has this name: a literal number would be the position of a column.
GROUP = text("report_group")


@dataclass(frozen=True)
class Scope:
    """The tickets that a report counts, and how it groups them.

    :param borders: the instants between which events are counted; at least two.
    :param group: the column of the groups; ``None`` groups by the intervals between
        the borders, which are numbered from 0.
    :param criteria: the criteria that the tickets have to match.
    """

    borders: Sequence[datetime]
    group: Expression | None
    criteria: tuple[Expression, ...]

    def group_at(self, moment: Expression) -> Expression:
        """Return the group of a ticket; ``moment`` is the column of a time."""
        if self.group is not None:
            return self.group
        return _interval(moment, self.borders, 0)

    def within(self, moment: Expression) -> list[Expression]:
        """Return the criteria that a time is between the borders."""
        begin, end = self.borders[0], self.borders[-1]
        return [moment >= begin, moment < end, *self.criteria]


@dataclass(frozen=True)
class Durations:
    """The median and the 90th percentile of some durations, and their number."""

    median: int | None = None
    p90: int | None = None
    count: int = 0


def count_at(scope: Scope, moment: Expression) -> Counts:
    """Return the number of tickets whose time is between the borders, by group."""
    return _counts(scope.group_at(moment), scope.within(moment))


def ratings_at(scope: Scope) -> tuple[Counts, Counts]:
    """Return the ratings given between the borders: their number and sum, by group."""
    group: Expression = scope.group_at(Ticket.rated_at).label(GROUP.text)
    rated = (
        select(group, func.count(), func.sum(Ticket.rating_score))
        .where(*scope.within(Ticket.rated_at))
        .group_by(GROUP)
    )
    rows = db.session.execute(rated).all()
    counts = {found: number for found, number, _ in rows}
    return counts, {found: int(total) for found, _, total in rows}


def targets_of(scope: Scope, now: datetime) -> tuple[Counts, Counts]:
    """Return how many tickets met a target and missed none, and how many missed one.

    Tickets that were opened between the borders are counted, by group.
    """
    group: Expression = scope.group_at(Ticket.created_at).label(GROUP.text)
    is_missed = func.coalesce(Ticket.sla_misses_at <= now, false())
    is_met = and_(Ticket.sla_met, ~is_missed)
    met, missed = (func.sum(case((of, 1), else_=0)) for of in (is_met, is_missed))
    opened = select(group, met, missed).where(*scope.within(Ticket.created_at))
    rows = db.session.execute(opened.group_by(GROUP)).all()
    return (
        {found: int(number) for found, number, _ in rows},
        {found: int(number) for found, _, number in rows},
    )


def count_backlog(scope: Scope) -> Counts:
    """Return how many tickets were unresolved when the last interval ended, by group.

    The count starts from the present, which reads few tickets for recent reports: those
    unresolved now, less those opened since, plus those resolved since. If tickets are
    grouped by interval, there is one group, 0.
    """
    group = literal(0) if scope.group is None else scope.group
    end = scope.borders[-1]
    now = _counts(group, [Ticket.resolved_at.is_(None), *scope.criteria])
    opened = _counts(group, [Ticket.created_at >= end, *scope.criteria])
    resolved = _counts(group, [Ticket.resolved_at >= end, *scope.criteria])
    return {
        found: now.get(found, 0) - opened.get(found, 0) + resolved.get(found, 0)
        for found in now.keys() | opened.keys() | resolved.keys()
    }


def durations_at(
    scope: Scope, moment: Expression, seconds: Expression
) -> tuple[dict[Any, Durations], Durations]:
    """Return the durations of tickets whose time is between the borders.

    They are returned by group and in total. The rank of a percentile is the nearest: of
    ``n`` values, the median is number ``n / 2``, and p90 number ``9 * n / 10``, both
    rounded up.
    """
    criteria = [*scope.within(moment), seconds.is_not(None)]
    by_group = _durations_by_group(scope.group_at(moment), seconds, criteria)
    count = sum(durations.count for durations in by_group.values())
    if not count:
        return {}, Durations()
    median = _duration_of_rank((count + 1) // 2, seconds, criteria)
    p90 = _duration_of_rank((9 * count + 9) // 10, seconds, criteria)
    return by_group, Durations(median, p90, count)


def _durations_by_group(
    group: Expression, seconds: Expression, criteria: Sequence[Expression]
) -> dict[Any, Durations]:
    named: Expression = group.label(GROUP.text)
    of = select(named, seconds.label("seconds")).where(*criteria).subquery().c
    # A second window, over all groups, would be wrong: MariaDB (10.11) confuses the
    # ranks of both.
    rank = func.row_number().over(partition_by=of.report_group, order_by=of.seconds)
    size = func.count().over(partition_by=of.report_group)
    ranked = select(*of, rank.label("rank"), size.label("size")).subquery().c
    is_median = (2 * ranked.rank).between(ranked.size, ranked.size + 1)
    is_p90 = (10 * ranked.rank).between(9 * ranked.size, 9 * ranked.size + 9)
    # Durations ascend with their ranks, so the median is the lesser of the two.
    percentiles = (
        select(
            ranked.report_group,
            *(func.min(ranked.seconds), func.max(ranked.seconds)),
            func.max(ranked.size),
        )
        .where(or_(is_median, is_p90))
        .group_by(ranked.report_group)
    )
    rows = db.session.execute(percentiles)
    return {found: Durations(*durations) for found, *durations in rows}


def _duration_of_rank(
    rank: int, seconds: Expression, criteria: Sequence[Expression]
) -> int | None:
    ordered = select(seconds).where(*criteria).order_by(seconds)
    return db.session.scalar(ordered.limit(1).offset(rank - 1))


def _counts(group: Expression, criteria: Sequence[Expression]) -> Counts:
    named: Expression = group.label(GROUP.text)
    counted = select(named, func.count()).where(*criteria)
    rows = db.session.execute(counted.group_by(GROUP))
    return {found: number for found, number in rows}


def _interval(
    moment: Expression, borders: Sequence[datetime], number: int
) -> Expression:
    """Return the number of the interval of a moment, found by bisection.

    :param number: that of the first interval.
    """
    if len(borders) <= 2:
        return literal(number)
    middle = len(borders) // 2
    earlier = _interval(moment, borders[: middle + 1], number)
    later = _interval(moment, borders[middle:], number + middle)
    return case((moment < borders[middle], earlier), else_=later)
