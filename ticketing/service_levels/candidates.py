"""Find the tickets whose targets may have to be recounted from their logs."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import func, or_, select

from ticketing.core.database import db
from ticketing.core.hot import fetch_all
from ticketing.service_levels.choosing import choose
from ticketing.service_levels.models import ServiceLevel
from ticketing.tickets.models import Status, Ticket

UNFINISHED = (Status.OPEN, Status.IN_PROGRESS)
BATCH_SIZE = 100  # tickets that are locked together


def unfinished() -> list[int]:
    """Return the ids of the tickets that are neither resolved nor closed."""
    tickets = select(Ticket.id).where(Ticket.status.in_(UNFINISHED))
    return sorted(row.id for row in fetch_all(tickets, {}))


def without_level() -> list[int]:
    """Return the ids of the tickets without a stored level that may need one.

    They are unfinished, or name a policy.
    """
    tickets = (
        select(Ticket.id)
        .outerjoin(ServiceLevel, ServiceLevel.ticket_id == Ticket.id)
        .where(ServiceLevel.ticket_id.is_(None))
        .where(or_(Ticket.status.in_(UNFINISHED), Ticket.sla_policy_id.is_not(None)))
    )
    return sorted(row.id for row in fetch_all(tickets, {}))


def outdated(ticket_ids: Collection[int]) -> list[int]:
    """Return which of some unfinished tickets are counted by an outdated policy."""
    examined = (
        select(
            *(Ticket.id, Ticket.priority, Ticket.category_id),
            *(ServiceLevel.policy_id, ServiceLevel.policy_version),
        )
        .outerjoin(ServiceLevel, ServiceLevel.ticket_id == Ticket.id)
        .where(Ticket.id.in_(ticket_ids))
    )
    return [
        row.id
        for row in fetch_all(examined, {})
        if _key_chosen(row) != (row.policy_id and (row.policy_id, row.policy_version))
    ]


def count_batches() -> tuple[int, Iterator[list[int]]]:
    """Return the number of tickets with a level, or in need of one, and their ids."""
    having = select(func.count()).select_from(ServiceLevel)
    without = without_level()
    number = db.session.scalars(having).one() + len(without)
    return number, _batches(without)


def _batches(without: list[int]) -> Iterator[list[int]]:
    last = 0
    following = select(ServiceLevel.ticket_id).order_by(ServiceLevel.ticket_id)
    while True:
        after = following.where(ServiceLevel.ticket_id > last).limit(BATCH_SIZE)
        ids = [row.ticket_id for row in fetch_all(after, {})]
        if not ids:
            break
        yield ids
        last = ids[-1]
    for place in range(0, len(without), BATCH_SIZE):
        yield without[place : place + BATCH_SIZE]


def _key_chosen(row: Any) -> tuple[int, int] | None:
    version = choose(row.priority, row.category_id)
    return version.key if version else None
