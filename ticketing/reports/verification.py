"""Compare the facts of tickets with those recomputed from their logs."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, SQLColumnExpression, and_, case, func, select

from ticketing.core.database import db
from ticketing.history.models import REPLY_EVENTS, Entry, Stream
from ticketing.reports.facts import seconds_until
from ticketing.service_levels.opening import ALWAYS_OPEN
from ticketing.service_levels.queries import content_of
from ticketing.service_levels.recounting import find_mismatches, recompute
from ticketing.service_levels.versions import goals_of
from ticketing.tickets.models import DONE, Ticket

BATCH_SIZE = 1000  # tickets
FACTS = (
    *(Ticket.first_response_seconds, Ticket.resolved_at, Ticket.resolution_seconds),
    *(Ticket.reopened_at, Ticket.rated_at, Ticket.rating_score),
)


def verify_tickets() -> Iterator[tuple[int, list[int]]]:
    """Compare all tickets; yield the size of each batch, and the ids of wrong tickets.

    A ticket and its log are read by one statement, so that concurrent changes make no
    ticket seem wrong.
    """
    last_id = 0
    while rows := db.session.execute(_batch(last_id)).all():
        wrong = {row.id for row in rows if _stored(row) != _from_log(row)}
        wrong |= _with_wrong_targets([row.id for row in rows if row.content])
        yield len(rows), sorted(wrong)
        last_id = rows[-1].id


def _with_wrong_targets(ticket_ids: Collection[int]) -> set[int]:
    """Return the tickets, of some with a policy, whose targets differ from the log."""
    found = find_mismatches(ticket_ids) if ticket_ids else []
    return {*recompute(found, stores=False)} if found else set()


def _batch(after: int) -> Executable:
    """Return the query of the next tickets, with the facts in their logs."""
    tickets = select(Ticket.id).where(Ticket.id > after).order_by(Ticket.id)
    batch = tickets.limit(BATCH_SIZE).subquery()
    of_ticket = and_(Entry.ticket_id == Ticket.id, Entry.stream == Stream.PUBLIC)
    return (
        select(
            *(Ticket.id, Ticket.created_at, *FACTS),
            content_of(Ticket.id).label("content"),
            *_columns_from_log(),
        )
        .join(batch, batch.c.id == Ticket.id)
        .outerjoin(Entry, of_ticket)
        .group_by(Ticket.id)
        .order_by(Ticket.id)
    )


def _columns_from_log() -> list[SQLColumnExpression[Any]]:
    """Return the facts that follow from the public entries of a ticket."""
    updated = Entry.name == "ticket.updated"
    was_done, is_done = (
        Entry.payload["changes", "status", place].as_string().in_(DONE)
        for place in (0, 1)
    )
    by_support = Entry.actor_id != Ticket.user_id
    score, rated_at = (
        Entry.payload["changes", "rating", 1, field].as_string()
        for field in ("score", "created_at")
    )
    return [
        func.min(_when(Entry.name.in_(REPLY_EVENTS), by_support)).label("answered"),
        func.max(_when(updated, is_done, ~was_done)).label("resolved"),
        func.max(_when(updated, was_done, ~is_done)).label("reopened"),
        # The latest rating: times, which have one length, are compared as texts.
        func.max(case((updated, rated_at + " " + score))).label("rated"),
    ]


def _when(*criteria: SQLColumnExpression[bool]) -> SQLColumnExpression[datetime]:
    """Return the expression for the time of an entry if it meets all criteria."""
    return case((and_(*criteria), Entry.created_at))


def _stored(row: Row[Any]) -> list[Any]:
    return [getattr(row, column.key) for column in FACTS]


def _from_log(row: Row[Any]) -> list[Any]:
    stays = row.resolved and (not row.reopened or row.resolved > row.reopened)
    resolved = row.resolved if stays else None
    hours = goals_of(row.content).opening_hours if row.content else ALWAYS_OPEN
    opened_at = row.created_at
    rated_at, score = row.rated.split() if row.rated else (None, None)
    return [
        seconds_until(row.answered, opened_at, hours),
        *(resolved, seconds_until(resolved, opened_at, hours), row.reopened),
        rated_at and datetime.fromisoformat(rated_at),
        score and int(score),
    ]
