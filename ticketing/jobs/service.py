"""Enqueue, lease and end jobs.

A job is written in the transaction of the change that caused it. To lease one is to
move ``due_at``: if its worker dies, it is due again at the end of the lease. Of a lane,
only the first unfinished job is leased; those behind it are parked until its
``due_at``, and the next one is due when it has ended.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from prometheus_client import Gauge
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Update,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)

from ticketing.core.database import db, utcnow
from ticketing.core.transaction import publish, transaction
from ticketing.jobs.events import JobsEnqueued
from ticketing.jobs.kinds import KINDS, JobError
from ticketing.jobs.models import Job, State
from ticketing.ops.findings import Finding

LEASE = timedelta(seconds=60)
RETRY_AFTER_S = (10, 60, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
RETRY_SPREAD = 0.1  # of the time, more or less
KEPT = timedelta(days=7)  # after which jobs that are done are deleted
NOBODY_WORKS_AFTER = timedelta(seconds=60)

COUNT = Gauge("ticketing_jobs", "Jobs", ["state"])
OLDEST = Gauge("ticketing_jobs_oldest_due_seconds", "How long the oldest job is due")


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
    """Store jobs in the current transaction; after its commit a worker begins them.

    :raises RuntimeError: called outside ``transaction()``.
    """
    if not jobs:
        return
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
    db.session.execute(insert(Job), rows)
    publish(JobsEnqueued())


def due_pools() -> Sequence[str]:
    """Return the pools that have a job to begin now."""
    found = select(Job.pool).where(Job.due_at <= utcnow()).distinct()
    with db.engine.connect() as connection:
        return connection.scalars(found).all()


@transaction()
def lease(worker: str, pool: str, places: int) -> list[Job]:
    """Lease the jobs of a pool that have been due for longest.

    :param worker: identifies the worker.
    :param places: how many at most.
    :return: the jobs, detached from the session.
    """
    now = utcnow()
    slots = _free_slots(pool, places)
    due = (
        select(Job)
        .where(Job.pool == pool, Job.due_at <= now)
        .order_by(Job.due_at, Job.id)
        .limit(len(slots))
        .with_for_update(skip_locked=True)
    )
    jobs = db.session.scalars(due).all()
    heads = _heads({job.lane for job in jobs if job.lane})
    leased = []
    for job in jobs:
        head_id, until = heads.get(job.lane or "", (job.id, now))
        if head_id != job.id:
            _park(job, until)
            continue
        job.state, job.lease, job.due_at = State.LEASED, worker, now + LEASE
        job.attempts += 1
        job.slot = slots.pop()
        leased.append(job)
    db.session.flush()
    return leased


@transaction()
def renew(worker: str, job_ids: Collection[int]) -> None:
    """Extend the leases of jobs that a worker still does."""
    db.session.execute(
        update(Job)
        .where(Job.id.in_(job_ids), Job.lease == worker)
        .values(due_at=utcnow() + LEASE)
    )


@transaction()
def complete(job: Job) -> None:
    """End a job that was done, unless its lease was lost meanwhile."""
    _end(job, State.DONE, last_error=None, last_status=None)


@transaction()
def record_failure(job: Job, error: Exception) -> None:
    """Plan the next attempt of a job, or end it, unless its lease was lost."""
    foreseen = error if isinstance(error, JobError) else None
    values: dict[str, Any] = {
        "last_error": (foreseen.name if foreseen else type(error).__name__)[:100],
        "last_status": foreseen.status if foreseen else None,
    }
    is_last = job.attempts > len(RETRY_AFTER_S)
    if is_last or (foreseen and foreseen.is_permanent):
        _end(job, State.FAILED, **values)
        return
    spread = random.uniform(1 - RETRY_SPREAD, 1 + RETRY_SPREAD)
    delay = timedelta(seconds=RETRY_AFTER_S[job.attempts - 1] * spread)
    _change(job, state=State.DUE, due_at=utcnow() + delay, **values)


@transaction()
def release(worker: str) -> None:
    """Make the jobs due again that a worker will not finish."""
    db.session.execute(
        update(Job)
        .where(Job.lease == worker, Job.state == State.LEASED)
        .values(state=State.DUE, lease=None, slot=None, due_at=utcnow())
    )


@transaction()
def retry(*which: ColumnElement[bool]) -> list[int]:
    """Make failed jobs due, as if they had never been tried; return their ids."""
    failed = select(Job).where(Job.state == State.FAILED, *which).with_for_update()
    jobs = db.session.scalars(failed.order_by(Job.id)).all()
    for job in jobs:
        job.state, job.due_at, job.ended_at = State.DUE, utcnow(), None
        job.attempts = 0
    publish(JobsEnqueued())
    return [job.id for job in jobs]


@transaction()
def prune(done_before: datetime) -> int:
    """Delete the jobs that were done before a time; return their number."""
    old = delete(Job).where(Job.state == State.DONE, Job.ended_at < done_before)
    return cast(CursorResult[Any], db.session.execute(old)).rowcount


def discard(*which: ColumnElement[bool]) -> None:
    """Delete jobs in the current transaction; a worker that does one finishes it."""
    _execute(delete(Job).where(*which))


def fail(error: str, *which: ColumnElement[bool]) -> None:
    """End those of the jobs that wait, in the current transaction, as failed.

    :param error: the name of what went wrong.
    """
    ended = {"state": State.FAILED, "due_at": None, "ended_at": utcnow()}
    waiting = update(Job).where(Job.state == State.DUE, *which)
    _execute(waiting.values(**ended, last_error=error, last_status=None))


def list_jobs(states: Collection[State]) -> Iterator[Job]:
    """Return the jobs in some states, ordered by id."""
    found = select(Job).where(Job.state.in_(states)).order_by(Job.id)
    yield from db.session.scalars(found.execution_options(yield_per=1000))


def measure() -> None:
    """Update the metrics."""
    counted = select(Job.state, func.count()).group_by(Job.state)
    counts = {state: count for state, count in db.session.execute(counted)}
    for state in State:
        COUNT.labels(state).set(counts.get(state, 0))
    oldest = _oldest_due()
    OLDEST.set((utcnow() - oldest).total_seconds() if oldest else 0)


def examine() -> Iterable[Finding]:
    """Check that jobs do not wait for a worker."""
    oldest, now = _oldest_due(), utcnow()
    if oldest and now - oldest > NOBODY_WORKS_AFTER:
        yield Finding(
            False,
            f"jobs: one is due for {int((now - oldest).total_seconds())} s: nobody "
            "works: start the service, or flask worker if WORKER=separate.",
        )
    else:
        yield Finding(True, "jobs: none waits for a worker.")


def _execute(statement: Delete | Update) -> None:
    """Change jobs, none of which the session has loaded."""
    unloaded = {"synchronize_session": False}
    db.session.execute(statement, execution_options=unloaded)


def _oldest_due() -> datetime | None:
    """Return when the job was due that should have been begun first, if one should."""
    due = select(func.min(Job.due_at)).where(Job.due_at <= utcnow())
    return db.session.scalar(due)


def _free_slots(pool: str, places: int) -> list[int | None]:
    """Return the slots that a pool has left; without a limit, ``None`` for each place.

    Another worker may take the same one: the constraint then fails, and the
    transaction is run again.
    """
    limit = KINDS[pool.partition(".")[0]].max_running
    if limit is None:
        return [None] * places
    taken = select(Job.slot).where(Job.pool == pool, Job.slot.is_not(None))
    free: list[int | None] = [*set(range(limit)) - set(db.session.scalars(taken))]
    return free[:places]


def _heads(lanes: Collection[str]) -> dict[str, tuple[int, datetime]]:
    """Return the first unfinished job of each lane, and its ``due_at``."""
    if not lanes:
        return {}
    first = (
        select(Job.lane, func.min(Job.id).label("id"))
        .where(Job.lane.in_(lanes), Job.due_at.is_not(None))
        .group_by(Job.lane)
        .subquery()
    )
    heads = select(Job.lane, Job.id, Job.due_at).join(first, first.c.id == Job.id)
    rows = cast(Iterable[Any], db.session.execute(heads))
    return {lane: (head_id, due_at) for lane, head_id, due_at in rows}


def _park(job: Job, until: datetime) -> None:
    """Postpone a job, and those of its lane behind it, until the first one is due."""
    behind = and_(Job.lane == job.lane, Job.id >= job.id, Job.due_at < until)
    db.session.execute(
        update(Job).where(behind, Job.state == State.DUE).values(due_at=until),
        execution_options={"synchronize_session": False},
    )


def _end(job: Job, state: State, **values: Any) -> None:
    ended = _change(job, state=state, due_at=None, ended_at=utcnow(), **values)
    if ended and job.lane:
        _make_next_due(job.lane)


def _change(job: Job, **values: Any) -> bool:
    """Change a leased job; return whether the lease still held."""
    still = and_(
        Job.id == job.id, Job.lease == job.lease, Job.attempts == job.attempts
    )
    changed = update(Job).where(still).values(lease=None, slot=None, **values)
    return bool(cast(CursorResult[Any], db.session.execute(changed)).rowcount)


def _make_next_due(lane: str) -> None:
    """Let the first unfinished job of a lane begin, if it is parked behind another."""
    parked = and_(Job.lane == lane, Job.due_at.is_not(None))
    first = db.session.scalar(select(func.min(Job.id)).where(parked))
    if first is not None:
        now = utcnow()
        db.session.execute(
            update(Job).where(Job.id == first, Job.due_at > now).values(due_at=now)
        )
        publish(JobsEnqueued())
