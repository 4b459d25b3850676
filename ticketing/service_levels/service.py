"""Update the targets of tickets as entries are added to their logs."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ticketing.core.database import db, utcnow
from ticketing.core.hot import update_row
from ticketing.history.events import StreamGrew
from ticketing.jobs.models import Job
from ticketing.jobs.service import NewJob, enqueue
from ticketing.service_levels.alarms import emit_crossed
from ticketing.service_levels.candidates import BATCH_SIZE, outdated, unfinished
from ticketing.service_levels.clocks import Moment, advance
from ticketing.service_levels.counting import nothing_due
from ticketing.service_levels.levels import Level, read_levels, update_levels
from ticketing.service_levels.moments import moments_of_entry
from ticketing.service_levels.recounting import (
    is_outdated,
    recount,
    recount_unfinished,
)
from ticketing.tickets.models import DONE, Ticket

CHOOSING = ("ticket.created", "ticket.updated")
RECOUNT = "sla_recount"  # the kind of job
# Another process may choose by the former policies for one second more, and a
# transaction that has done so may take long.
RECOUNT_AFTER = (timedelta(seconds=2), timedelta(seconds=40))
EXAMINED_BATCH_SIZE = 1000  # tickets that one statement reads


def follow(grew: StreamGrew) -> None:
    """Update the clocks of a ticket by a new entry of its public stream.

    No statement is executed if the ticket has no policy and gets none.
    """
    ticket = db.session.get_one(Ticket, grew.ticket_id)  # locked, so in the session
    moments = moments_of_entry(ticket, grew.entry)
    chooses = grew.entry["name"] in CHOOSING and not _keeps_policy(ticket, moments)
    if ticket.sla_policy_id is None and not chooses or not (moments or chooses):
        return
    levels = {} if ticket.sla_policy_id is None else read_levels([ticket.id])
    level = levels.get(ticket.id)
    if chooses and is_outdated(ticket, level):
        recount([ticket], datetime.fromisoformat(grew.entry["created_at"]))
    elif level and moments:
        _count_on(ticket, level, moments)
    elif moments:  # it was resolved or reopened
        ticket.due_at = nothing_due(ticket.status)["due_at"]


def plan_recount() -> None:
    """Enqueue the jobs that recount unfinished tickets after a change of policies."""
    now = utcnow()
    enqueue(*(NewJob(RECOUNT, {}, due_at=now + delay) for delay in RECOUNT_AFTER))


def recount_outdated() -> None:
    """Recount the unfinished tickets whose policy has changed.

    Their present policy applies since the last change, however late the job runs.
    """
    planned = select(func.max(Job.created_at)).where(Job.pool == RECOUNT)
    since = db.session.scalar(planned) or utcnow()
    ids = unfinished()
    for place in range(0, len(ids), EXAMINED_BATCH_SIZE):
        wrong = outdated(ids[place : place + EXAMINED_BATCH_SIZE])
        for first in range(0, len(wrong), BATCH_SIZE):
            recount_unfinished(wrong[first : first + BATCH_SIZE], since)


def _keeps_policy(ticket: Ticket, moments: Sequence[Moment]) -> bool:
    """Return whether a ticket was, and still is, resolved or closed."""
    return ticket.status in DONE and not moments


def _count_on(ticket: Ticket, level: Level, moments: Sequence[Moment]) -> None:
    before = level.on_ticket
    emit_crossed(ticket, level, moments[0].at)
    for moment in moments:
        advance(level.version.goals, level.clocks, moment)
    update_levels({ticket.id: level})
    after = level.on_ticket
    if after != before:
        update_row(ticket, **after)
