"""Lease jobs: find those that are due, and which of them can begin.

To lease a job is to move ``due_at``: if its worker dies, it is due again at the end of
the lease. Of a lane, only the first unfinished job is leased; those behind it are
parked until its ``due_at``, and the next one is due when it has ended.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, func, select, update
from sqlalchemy.orm import aliased

from ticketing.core.database import db, utcnow
from ticketing.core.transaction import transaction
from ticketing.jobs.kinds import KINDS
from ticketing.jobs.models import Job, State, kind_of
from ticketing.jobs.service import BATCH_SIZE, MAX_ATTEMPTS

LEASE = timedelta(seconds=60)
LEASE_OF_STOPPED = timedelta(seconds=10)  # by then the worker's process has ended
PARKED_AT_LEAST = timedelta(seconds=1)


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
def renew(worker: str, job_ids: Collection[int], lease: timedelta) -> None:
    """Let the leases of jobs that a worker still does end after some time from now."""
    db.session.execute(
        update(Job)
        .where(Job.id.in_(job_ids), Job.lease == worker)
        .values(due_at=utcnow() + lease)
    )


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
    job.lease = job.slot = job.due_at = job.last_status = None
    job.state, job.ended_at, job.last_error = State.FAILED, utcnow(), "WorkerDied"
