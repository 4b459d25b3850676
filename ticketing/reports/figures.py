"""The figures of a report, by group and in total."""

from typing import Any

from ticketing.core.database import utcnow
from ticketing.reports.queries import (
    Counts,
    Durations,
    Scope,
    count_at,
    count_backlog,
    durations_at,
    ratings_at,
    targets_of,
)
from ticketing.tickets.models import Ticket

Row = dict[str, Any]


class Figures:
    """The figures of the tickets of a scope, as ``FiguresSchema`` describes them."""

    def __init__(self, scope: Scope) -> None:
        """Query the figures by at most 13 statements."""
        self._opened = count_at(scope, Ticket.created_at)
        self._reopened = count_at(scope, Ticket.reopened_at)
        self._ratings, self._scores = ratings_at(scope)
        self._met, self._missed = targets_of(scope, utcnow())
        self._first_responses, self._all_first_responses = durations_at(
            scope, Ticket.created_at, Ticket.first_response_seconds
        )
        self._resolutions, self._all_resolutions = durations_at(
            scope, Ticket.resolved_at, Ticket.resolution_seconds
        )
        # Every resolution has a duration.
        self._resolved = {group: d.count for group, d in self._resolutions.items()}
        self._backlog = count_backlog(scope)
        self._backlog_in_total = sum(self._backlog.values())
        if scope.group is None:
            intervals = len(scope.borders) - 1
            self._backlog = self._backlog_by_interval(intervals)

    @property
    def groups(self) -> set[Any]:
        """The groups that have anything to count."""
        counts = (self._opened, self._resolved, self._reopened, self._ratings)
        found = {group for counted in counts for group in counted}
        return found | {group for group, count in self._backlog.items() if count}

    def of(self, group: Any) -> Row:
        """Return the figures of a group."""
        return _row(
            opened=self._opened.get(group, 0),
            resolved=self._resolved.get(group, 0),
            reopened=self._reopened.get(group, 0),
            backlog=self._backlog.get(group, 0),
            first_response_seconds=self._first_responses.get(group, Durations()),
            resolution_seconds=self._resolutions.get(group, Durations()),
            ratings=self._ratings.get(group, 0),
            scores=self._scores.get(group, 0),
            sla={"met": self._met.get(group, 0), "missed": self._missed.get(group, 0)},
        )

    def in_total(self) -> Row:
        """Return the figures of all groups together."""
        return _row(
            opened=sum(self._opened.values()),
            resolved=sum(self._resolved.values()),
            reopened=sum(self._reopened.values()),
            backlog=self._backlog_in_total,
            first_response_seconds=self._all_first_responses,
            resolution_seconds=self._all_resolutions,
            ratings=sum(self._ratings.values()),
            scores=sum(self._scores.values()),
            sla={
                "met": sum(self._met.values()),
                "missed": sum(self._missed.values()),
            },
        )

    def _backlog_by_interval(self, intervals: int) -> Counts:
        """Return the backlog at the end of each interval, computed backwards."""
        backlog, count = {}, self._backlog_in_total
        for interval in reversed(range(intervals)):
            backlog[interval] = count
            opened, resolved = self._opened, self._resolved
            count += resolved.get(interval, 0) - opened.get(interval, 0)
        return backlog


def _row(ratings: int, scores: int, **figures: Any) -> Row:
    average = scores / ratings if ratings else None
    return {**figures, "rating": {"average": average, "count": ratings}}
