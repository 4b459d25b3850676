"""Enqueue, retry and end jobs.

A job is written in the transaction of the change that caused it.

Jobs of a lane are in order if their transactions are: enqueue them under a lock, such
as that of a ticket: ids become visible when their transactions commit.
"""

import random
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Update,
    and_,
    delete,
    select,
    update,
)

from ticketing.core.database import db, utcnow
from ticketing.core.hot import insert_rows
from ticketing.core.transaction import before_commit, publish, transaction
from ticketing.jobs.events import JobsEnqueued
from ticketing.jobs.kinds import JobError, failure_name
from ticketing.jobs.models import Job, State

RETRY_AFTER_S = (10, 60, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
RETRY_SPREAD = 0.1  # of the time, more or less
MAX_ATTEMPTS = len(RETRY_AFTER_S) + 1
BATCH_SIZE = 1000  # rows that one transaction parks, fails or deletes
KEPT = timedelta(days=7)  # after which jobs that are done are deleted


@dataclass(frozen=True)
class NewJob:
    """A job to enqueue; see ``Job``.

    :ivar due_at: ``None`` for at once, as it must be for one of a lane.
    """

    pool: str
    data: dict[str, Any]
    lane: str | None = None
    due_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.lane and self.due_at:
            raise ValueError("a job of a lane cannot wait for a time")


def enqueue(*jobs: NewJob) -> None:
    """Store jobs with the current transaction; after its commit a worker begins them.

    All that a transaction enqueues is one statement, at its end.

    :raises RuntimeError: called outside ``transaction()``.
    """
    for job in jobs:
        publish(job)


@before_commit(NewJob)
def _store(jobs: list[NewJob]) -> None:
    now = utcnow()
    rows = [
        {
            "pool": job.pool,
            "lane": job.lane,
            "data": job.data,
            "state": State.DUE,
            "due_at": job.due_at or now,
            "created_at": now,
        }
        for job in jobs
    ]
    insert_rows(Job, rows)
    publish(JobsEnqueued())


@transaction()
def complete(job: Job) -> bool:
    """End a job that was done, unless its lease was lost meanwhile.

    What a job does in one transaction, it does once if it completes itself there, and
    undoes it all without the lease.

    :return: whether the lease still held.
    """
    ended = _end(job, State.DONE, last_error=None, last_status=None)
    if ended:
        job.state = State.DONE
    return ended


@transaction()
def record_failure(job: Job, error: Exception) -> None:
    """Plan the next attempt of a job, or end it, unless its lease was lost."""
    foreseen = error if isinstance(error, JobError) else None
    values: dict[str, Any] = {
        "last_error": failure_name(error)[:100],
        "last_status": foreseen.status if foreseen else None,
    }
    if job.attempts >= MAX_ATTEMPTS or (foreseen and foreseen.is_permanent):
        _end(job, State.FAILED, **values)
        return
    spread = random.uniform(1 - RETRY_SPREAD, 1 + RETRY_SPREAD)
    delay = timedelta(seconds=RETRY_AFTER_S[job.attempts - 1] * spread)
    _change(job, state=State.DUE, due_at=utcnow() + delay, **values)


@transaction()
def release(job: Job) -> None:
    """Make a leased job due again, as if it had not been begun."""
    _change(job, state=State.DUE, due_at=utcnow(), attempts=job.attempts - 1)


@transaction()
def retry(*which: ColumnElement[bool]) -> list[int]:
    """Make failed jobs due, as if they had never been tried; return their ids."""
    failed = and_(Job.state == State.FAILED, *which)
    ids = select(Job.id).where(failed).order_by(Job.id).with_for_update()
    retried = [*db.session.scalars(ids)]
    db.session.execute(
        update(Job)
        .where(failed)
        .values(state=State.DUE, due_at=utcnow(), ended_at=None, attempts=0)
    )
    publish(JobsEnqueued())
    return retried


def prune() -> int:
    """Delete the jobs that were done longer ago than ``KEPT``; return their number."""
    pruned, latest = 0, utcnow() - KEPT
    while batch := discard_some(Job.state == State.DONE, Job.ended_at < latest):
        pruned += batch
        time.sleep(0)  # under eventlet, others go on in between
    return pruned


def discard(*which: ColumnElement[bool]) -> None:
    """Delete jobs in the current transaction; a worker that does one finishes it."""
    _execute(delete(Job).where(*which))


@transaction()
def discard_some(*which: ColumnElement[bool]) -> int:
    """Delete up to ``BATCH_SIZE`` jobs, as ``discard`` does; return how many."""
    ids = _lock_some(*which)
    discard(Job.id.in_(ids))
    return len(ids)


@transaction()
def fail_some(error: str, *which: ColumnElement[bool]) -> int:
    """End up to ``BATCH_SIZE`` jobs that wait as failed; return how many.

    :param error: the name of what went wrong.
    """
    # Those that have ended would be read, and locked, without the second condition.
    ids = _lock_some(Job.state == State.DUE, Job.due_at.is_not(None), *which)
    ended = {"state": State.FAILED, "due_at": None, "ended_at": utcnow()}
    failed = update(Job).where(Job.id.in_(ids)).values(**ended)
    _execute(failed.values(last_error=error, last_status=None))
    return len(ids)


def is_waiting(lane: str) -> bool:
    """Return whether a job of a lane is still to be done."""
    unfinished = Job.state.in_((State.DUE, State.LEASED))
    found = select(Job.id).where(Job.lane == lane, unfinished).limit(1)
    return db.session.scalar(found) is not None


def list_jobs(states: Collection[State]) -> Iterator[Job]:
    """Return the jobs in some states, ordered by id."""
    found = select(Job).where(Job.state.in_(states)).order_by(Job.id)
    yield from db.session.scalars(found.execution_options(yield_per=1000))


def _lock_some(*which: ColumnElement[bool]) -> Sequence[int]:
    some = select(Job.id).where(*which).limit(BATCH_SIZE).with_for_update()
    return db.session.scalars(some).all()


def _execute(statement: Delete | Update) -> None:
    """Change jobs, none of which the session has loaded."""
    unloaded = {"synchronize_session": False}
    db.session.execute(statement, execution_options=unloaded)


def _end(job: Job, state: State, **values: Any) -> bool:
    ended = _change(job, state=state, due_at=None, ended_at=utcnow(), **values)
    if ended and job.lane:
        _make_next_due(job.lane)
    return ended


def _change(job: Job, **values: Any) -> bool:
    """Change a leased job; return whether the lease still held."""
    still = and_(
        Job.id == job.id, Job.lease == job.lease, Job.attempts == job.attempts
    )
    changed = update(Job).where(still).values(lease=None, slot=None, **values)
    return bool(cast(CursorResult[Any], db.session.execute(changed)).rowcount)


def _make_next_due(lane: str) -> None:
    """Let the first job of a lane that waits begin, if it is parked.

    It is locked even if it is due: a worker that still sees the one before it as
    leased would park it otherwise.
    """
    waiting = select(Job).where(Job.lane == lane, Job.state == State.DUE)
    first = waiting.order_by(Job.id).limit(1).with_for_update()
    job, now = db.session.scalar(first), utcnow()
    if job and job.due_at and job.due_at > now:
        job.due_at = now
    publish(JobsEnqueued())
