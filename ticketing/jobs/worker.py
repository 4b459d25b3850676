"""A worker: begins jobs when they are due, several at once, and ends them.

It looks for due jobs every second, and at once when this process has enqueued some.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from threading import Event, Lock
from typing import Any
from uuid import uuid4

from flask import Flask, current_app

from ticketing.core.database import utcnow
from ticketing.core.transaction import after_commit
from ticketing.jobs import service
from ticketing.jobs.events import JobsEnqueued
from ticketing.jobs.kinds import KINDS
from ticketing.jobs.models import Job
from ticketing.web.extensions import socketio

PLACES = 16  # jobs at once
BULK_PLACES = PLACES // 2
POLL_INTERVAL_S = 1.0
RENEW_INTERVAL_S = service.LEASE.total_seconds() / 4
PRUNE_INTERVAL_S = 3600.0

_log = logging.getLogger(__name__)


class Worker:
    """Does jobs in the background.

    :param start: runs a function with its arguments in the background.
    """

    def __init__(
        self,
        app: Flask,
        start: Callable[..., Any] = socketio.start_background_task,
    ) -> None:
        self._app, self._start = app, start
        self.id = uuid4().hex
        self._running: dict[int, Job] = {}
        self._lock = Lock()
        self._wake = Event()
        self._stopping = False
        self._renewed = self._pruned = time.monotonic()

    def start(self) -> None:
        """Do jobs in the background, until the process ends."""
        self._start(self.run)

    def run(self) -> None:
        """Do jobs until ``stop`` is called."""
        while not self._stopping:
            self._wake.clear()
            if not self._round():
                self._wake.wait(POLL_INTERVAL_S)

    def wake(self) -> None:
        """Look for due jobs at once."""
        self._wake.set()

    def stop(self) -> None:
        """Begin no more jobs; ``run`` returns."""
        self._stopping = True
        self._wake.set()

    def finish(self, timeout_s: float) -> None:
        """Wait for the jobs that run; leave those to others that take longer."""
        deadline = time.monotonic() + timeout_s
        while self._running and time.monotonic() < deadline:
            self._wake.wait(0.1)
            self._wake.clear()
        with self._app.app_context():
            service.release(self.id)

    def begin_due(self) -> int:
        """Begin the jobs that are due, as far as there are places; return how many."""
        began = 0
        with self._lock:
            running = Counter(job.pool for job in self._running.values())
        # Those that hold the fewest places first: slow ones would keep all places.
        for pool in sorted(service.due_pools(), key=lambda pool: running[pool]):
            kind = KINDS.get(pool.partition(".")[0])
            places = self._free_places(kind.is_bulk) if kind else 0
            jobs = service.lease(self.id, pool, places) if places else []
            for job in jobs:
                with self._lock:
                    self._running[job.id] = job
                self._start(self._do, job)
            began += len(jobs)
        return began

    def _round(self) -> int:
        """Do what is due; return how many jobs were begun."""
        try:
            with self._app.app_context():
                self._renew()
                self._prune()
                return self.begin_due()
        except Exception:  # the database is down
            _log.exception("cannot look for jobs; it is tried again")
            return 0

    def _free_places(self, is_bulk: bool) -> int:
        with self._lock:
            running = [*self._running.values()]
        bulk = sum(KINDS[job.kind].is_bulk for job in running)
        free = PLACES - len(running)
        return min(free, BULK_PLACES - bulk) if is_bulk else free

    def _do(self, job: Job) -> None:
        try:
            with self._app.app_context():
                self._attempt(job)
        except Exception:  # the lease ends, and the job is done again
            _log.exception("cannot end job %d, %s", job.id, job.kind)
        finally:
            with self._lock:
                del self._running[job.id]
            self._wake.set()

    def _attempt(self, job: Job) -> None:
        try:
            KINDS[job.kind].run(job)
        except Exception as error:
            # Only the type: the text may quote the other side.
            name = type(error).__name__
            _log.warning("job %d, %s, failed: %s", job.id, job.kind, name)
            service.record_failure(job, error)
        else:
            service.complete(job)

    def _renew(self) -> None:
        if time.monotonic() - self._renewed > RENEW_INTERVAL_S:
            self._renewed = time.monotonic()
            with self._lock:
                running = [*self._running]
            if running:
                service.renew(self.id, running)

    def _prune(self) -> None:
        if time.monotonic() - self._pruned > PRUNE_INTERVAL_S:
            self._pruned = time.monotonic()
            service.prune(utcnow() - service.KEPT)


def worker() -> Worker:
    """Return the worker of the current application."""
    return current_app.extensions["ticketing.worker"]


@after_commit(JobsEnqueued)
def begin_jobs(event: JobsEnqueued) -> None:
    """Let this process's worker look at once, if it works."""
    worker().wake()
