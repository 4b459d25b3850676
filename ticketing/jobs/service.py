"""Enqueue, lease and end jobs.

A job is written in the transaction of the change that caused it. To lease one is to
move ``due_at``: if its worker dies, it is due again at the end of the lease. Of a lane,
only the first unfinished job is leased; those behind it are parked until its
``due_at``, and the next one is due when it has ended.

Jobs of a lane are in order if their transactions are: enqueue them under a lock, such
as that of a ticket: ids become visible when their transactions commit.
"""

import random
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    ScalarSelect,
    Update,
    and_,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import aliased

from ticketing.core.database import db, utcnow
from ticketing.core.hot import insert_rows
from ticketing.core.transaction import publish, transaction
from ticketing.jobs.events import JobsEnqueued
from ticketing.jobs.kinds import KINDS, JobError, failure_name
from ticketing.jobs.models import Job, State, kind_of

LEASE = timedelta(seconds=60)
RETRY_AFTER_S = (10, 60, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
RETRY_SPREAD = 0.1  # of the time, more or less
MAX_ATTEMPTS = len(RETRY_AFTER_S) + 1
PARKED_AT_LEAST = timedelta(seconds=1)
BATCH_SIZE = 1000  # rows that one transaction parks or deletes
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
    insert_rows(Job, rows)
    publish(JobsEnqueued())


def due_pools() -> dict[str, datetime]:
    """Return the pools that have a job to begin now, and since when, oldest first."""
    # Grouped by the column itself, SQLite would read all jobs, the done ones too.
    name, since = func.coalesce(Job.pool, "").label("name"), func.min(Job.due_at)
    due = select(name, since).where(Job.due_at <= utcnow())
    with db.engine.connect() as connection:
        found = connection.execute(due.group_by("name").order_by(since))
        return {pool: due_at for pool, due_at in found if due_at}


def lease(
    worker: str, pool: str, places: int, running: Collection[int] = ()
) -> list[Job]:
    """Lease the jobs of a pool that have been due for longest.

    :param worker: identifies the worker.
    :param places: how many at most.
    :param running: the ids of the jobs that it does already, which it does not lease
        again if it could not renew their leases.
    :return: the jobs, detached from the session; none if none can begin.
    """
    while True:
        found, leased = _lease_or_park(worker, pool, places, running)
        if leased or not found:
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
def release(jobs: Iterable[Job]) -> None:
    """Make leased jobs due again, as if they had not been begun."""
    for job in jobs:
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


def prune(done_before: datetime) -> int:
    """Delete the jobs that were done before a time; return their number."""
    pruned = 0
    while batch := _prune_some(done_before):
        pruned += batch
        time.sleep(0)  # under eventlet, others go on in between
    return pruned


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


def _execute(statement: Delete | Update) -> None:
    """Change jobs, none of which the session has loaded."""
    unloaded = {"synchronize_session": False}
    db.session.execute(statement, execution_options=unloaded)


@transaction()
def _lease_or_park(
    worker: str, pool: str, places: int, running: Collection[int]
) -> tuple[int, list[Job]]:
    """Lease the jobs due in a pool that can begin, and park the others.

    It never waits for the locks of others: what they hold, they deal with.

    :return: how many were due, and those that were leased.
    """
    now = utcnow()
    slots = _free_slots(pool, places, now)
    due = (
        select(Job)
        .where(Job.pool == pool, Job.due_at <= now, Job.id.not_in(running))
        .order_by(Job.due_at, Job.id)
        .limit(len(slots))
        .with_for_update(skip_locked=True)
    )
    jobs = db.session.scalars(due).all()
    heads = _heads([job.id for job in jobs if job.lane])
    leased = []
    for job in jobs:
        if heads.get(job.id, job.id) != job.id:
            continue
        if job.attempts >= MAX_ATTEMPTS:
            _give_up(job)
            continue
        job.state, job.lease, job.due_at = State.LEASED, worker, now + LEASE
        job.attempts += 1
        job.slot = slots.pop()
        leased.append(job)
    db.session.flush()
    for lane, first in _blocked(jobs, heads).items():
        _park(lane, first, heads[first], now)
    db.session.expunge_all()
    return len(jobs), leased


def _free_slots(pool: str, places: int, now: datetime) -> list[int | None]:
    """Return the slots that a pool has left; without a limit, ``None`` for each place.

    Another worker may take the same one: the constraint then fails, and the
    transaction is run again.
    """
    limit = KINDS[kind_of(pool)].max_running
    if limit is None:
        return [None] * places
    holders = select(Job).where(Job.pool == pool, Job.slot.is_not(None))
    lost = holders.where(Job.due_at <= now).with_for_update(skip_locked=True)
    for job in db.session.scalars(lost):
        job.state, job.lease, job.slot = State.DUE, None, None
    db.session.flush()
    taken = {job.slot for job in db.session.scalars(holders)}
    free: list[int | None] = [*set(range(limit)) - taken]
    return free[:places]


def _heads(job_ids: Collection[int]) -> dict[int, int]:
    """Return, for jobs of lanes, which job of the lane is to be done first.

    That is the one being done, which a job with a lower id may have joined since.
    """
    if not job_ids:
        return {}
    first = func.coalesce(_first_in_lane(State.LEASED), _first_in_lane(State.DUE))
    found = db.session.execute(select(Job.id, first).where(Job.id.in_(job_ids)))
    return {job_id: head_id for job_id, head_id in found}


def _first_in_lane(state: State) -> ScalarSelect[int]:
    other = aliased(Job)
    same = select(other.id).where(other.lane == Job.lane, other.state == state)
    return same.order_by(other.id).limit(1).scalar_subquery()


def _blocked(jobs: Sequence[Job], heads: dict[int, int]) -> dict[str, int]:
    """Return the lowest id of the jobs of each lane that wait for another one."""
    blocked: dict[str, int] = {}
    for job in jobs:
        if job.lane and heads[job.id] != job.id:
            blocked[job.lane] = min(job.id, blocked.get(job.lane, job.id))
    return blocked


def _park(lane: str, first_id: int, head_id: int, now: datetime) -> None:
    """Postpone jobs of a lane, from one on, until the head is due, or ends.

    The head may be in the hands of another worker just now: then they wait a second.
    """
    head_due_at = db.session.scalar(select(Job.due_at).where(Job.id == head_id))
    until = max(head_due_at or now, now + PARKED_AT_LEAST)
    behind = (
        select(Job.id)
        .where(Job.lane == lane, Job.state == State.DUE)
        .where(Job.id >= first_id, Job.id != head_id, Job.due_at < until)
        .order_by(Job.id)
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)
    )
    ids = db.session.scalars(behind).all()
    db.session.execute(update(Job).where(Job.id.in_(ids)).values(due_at=until))


def _give_up(job: Job) -> None:
    """End a job whose workers have died, one after another, while they did it.

    Those of its lane were parked until its lease ended, which it has.
    """
    job.lease = job.slot = job.due_at = None
    job.state, job.ended_at, job.last_error = State.FAILED, utcnow(), "WorkerDied"


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


@transaction()
def _prune_some(done_before: datetime) -> int:
    old = (
        select(Job.id)
        .where(Job.state == State.DONE, Job.ended_at < done_before)
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)
    )
    ids = db.session.scalars(old).all()
    db.session.execute(delete(Job).where(Job.id.in_(ids)))
    return len(ids)
