"""Metrics of jobs, and the findings of ``flask doctor``."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from prometheus_client import Gauge
from sqlalchemy import ColumnElement, and_, exists, func, select

from ticketing.core.database import db, utcnow
from ticketing.jobs.kinds import KINDS
from ticketing.jobs.leasing import due_pools
from ticketing.jobs.models import Job, State, kind_of
from ticketing.ops.findings import Finding

MAX_COUNTED = 10_000
NOBODY_WORKS_AFTER = timedelta(seconds=60)

COUNT = Gauge("ticketing_jobs", "Jobs", ["state"])
OLDEST = Gauge("ticketing_jobs_oldest_due_seconds", "How long the oldest job is due")


def measure() -> None:
    """Update the metrics; each state is counted up to ``MAX_COUNTED``."""
    for state in State:
        some = select(Job.id).where(Job.state == state).limit(MAX_COUNTED).subquery()
        count = db.session.scalar(select(func.count()).select_from(some))
        COUNT.labels(state).set(count or 0)
    oldest = db.session.scalar(select(func.min(Job.due_at)))
    OLDEST.set(max((utcnow() - oldest).total_seconds(), 0) if oldest else 0)


def examine() -> Iterable[Finding]:
    """Check that jobs do not wait for a worker."""
    waiting, now = due_pools(), utcnow()
    if unknown := [pool for pool in waiting if kind_of(pool) not in KINDS]:
        listed = ", ".join(sorted(unknown))
        yield Finding(False, f"jobs: this release cannot do {listed}: update it.")
    since = [
        due_at
        for pool, due_at in waiting.items()
        if now - due_at >= NOBODY_WORKS_AFTER
        and kind_of(pool) in KINDS
        and _needs_workers(pool, now)
    ]
    if not since:
        yield Finding(True, "jobs: none waits for a worker.")
        return
    waited = f"jobs: one is due for {int((now - min(since)).total_seconds())} s"
    if _somebody_works(now):
        yield Finding(False, f"{waited}: workers are behind: start flask worker.")
    else:
        yield Finding(
            False,
            f"{waited}: nobody works: start the service, or flask worker if "
            "WORKER=separate.",
        )


def _needs_workers(pool: str, now: datetime) -> bool:
    """Return whether more workers would begin more of the jobs of a pool.

    Of one with a limit, jobs wait for each other while somebody does them.
    """
    is_limited = KINDS[kind_of(pool)].max_running is not None
    return not is_limited or not _somebody_works(now, Job.pool == pool)


def _somebody_works(now: datetime, *on: ColumnElement[bool]) -> bool:
    """Return whether a job is leased, or has ended a moment ago."""
    running = and_(Job.state == State.LEASED, Job.due_at > now, *on)
    recently = Job.ended_at > now - NOBODY_WORKS_AFTER
    done = and_(Job.state.in_((State.DONE, State.FAILED)), recently, *on)
    either = select(exists().where(running) | exists().where(done))
    return bool(db.session.scalar(either))
