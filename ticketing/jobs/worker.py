"""A worker: begins jobs when they are due, several at once, and ends them.

It looks for due jobs every second, and at once when this process has enqueued some.
Besides, it lets other parts look for what is due, and delete what is old.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from threading import Event, Lock
from traceback import extract_tb
from typing import Any
from uuid import uuid4

from flask import Flask, current_app

from ticketing.core.errors import OUTAGES, UncertainError
from ticketing.core.transaction import after_commit
from ticketing.jobs import leasing, service
from ticketing.jobs.events import JobsEnqueued
from ticketing.jobs.kinds import KINDS, failure_name
from ticketing.jobs.models import Job, State, kind_of
from ticketing.jobs.polls import POLLS, PRUNING, PeriodicCalls
from ticketing.web.extensions import socketio

PLACES = 16  # jobs at once
BULK_PLACES = PLACES // 2
POLL_INTERVAL_S = 1.0
END_RETRY_INTERVAL_S = 1.0
RENEW_INTERVAL_S = leasing.LEASE.total_seconds() / 4
PRUNE_INTERVAL_S = 3600.0
STOP_TIMEOUT_S = 3.0  # for jobs that run; gunicorn is killed 5 s after SIGTERM

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
        self._wake, self._ended = Event(), Event()
        self._ended.set()
        self._stopping = False
        self._polls = PeriodicCalls(app, POLLS, POLL_INTERVAL_S, start)
        self._pruning = PeriodicCalls(app, PRUNING, PRUNE_INTERVAL_S, start)
        self._renew_at = 0.0

    def start(self) -> None:
        """Do jobs in the background, as ``run`` does."""
        self._ended.clear()
        self._start(self.run)

    def run(self) -> None:
        """Do jobs until ``stop`` is called, and then end those that run.

        Those that take longer go on until the process ends; then, at the end of their
        leases, other workers begin them.
        """
        try:
            while not self._stopping:
                self._wake.clear()
                if not self._round():
                    self._wake.wait(POLL_INTERVAL_S)
            self._finish()
        finally:
            self._ended.set()

    def wake(self) -> None:
        """Look for due jobs at once."""
        self._wake.set()

    def stop(self) -> None:
        """Begin no more jobs; ``run`` ends soon.

        A signal's handler may call it, since it takes no lock.
        """
        self._stopping = True

    def wait(self) -> None:
        """Wait until it has ended, once it was stopped, if it was started."""
        self.wake()
        self._ended.wait(POLL_INTERVAL_S + STOP_TIMEOUT_S + 1)

    def begin_due(self) -> int:
        """Begin the jobs that are due, as far as there are places; return how many."""
        began = 0
        running = Counter(job.pool for job in self._jobs())
        # Those that hold the fewest places first: slow ones would keep all places.
        for pool in sorted(leasing.due_pools(), key=lambda pool: running[pool]):
            kind = KINDS.get(kind_of(pool))  # a later release may have more
            places = self._free_places(kind.is_bulk) if kind else 0
            if places > 0:
                jobs = leasing.lease(self.id, pool, places, self._ids())
                began += sum(self._begin(job) for job in jobs)
        return began

    def _round(self) -> int:
        """Do what is due; return how many jobs were begun."""
        try:
            with self._app.app_context():
                self._renew()
                self._polls.begin()
                self._pruning.begin()
                return self.begin_due()
        except OUTAGES as error:
            _log.warning("cannot look for jobs: %s", type(error).__name__)
        except Exception:
            _log.exception("cannot look for jobs; it is tried again")
        return 0

    def _finish(self) -> None:
        """Wait for the jobs that run; shorten the leases of those that take longer."""
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while self._running and time.monotonic() < deadline:
            self._wake.wait(0.1)
            self._wake.clear()
        with self._app.app_context():
            leasing.renew(self.id, self._ids(), leasing.LEASE_OF_STOPPED)

    def _jobs(self) -> list[Job]:
        with self._lock:
            return [*self._running.values()]

    def _ids(self) -> list[int]:
        return [job.id for job in self._jobs()]

    def _free_places(self, is_bulk: bool) -> int:
        running = self._jobs()
        bulk = sum(KINDS[job.kind].is_bulk for job in running)
        free = PLACES - len(running)
        return min(free, BULK_PLACES - bulk) if is_bulk else free

    def _begin(self, job: Job) -> bool:
        """Do a job in the background; return whether that could be started."""
        with self._lock:
            self._running[job.id] = job
        try:
            self._start(self._do, job)
        except RuntimeError:  # the system has no thread left
            _log.exception("cannot begin job %d, %s", job.id, job.kind)
            self._forget(job)
            service.release(job)
            return False
        return True

    def _forget(self, job: Job) -> None:
        with self._lock:
            del self._running[job.id]
        self._wake.set()

    def _do(self, job: Job) -> None:
        try:
            with self._app.app_context():
                error = self._attempt(job)
                while not self._end(job, error) and not self._stopping:
                    time.sleep(END_RETRY_INTERVAL_S)
        except Exception:  # the lease ends, and the job is done again
            _log.exception("cannot end job %d, %s", job.id, job.kind)
        finally:
            self._forget(job)

    def _attempt(self, job: Job) -> Exception | None:
        """Do a job; return what went wrong."""
        try:
            KINDS[job.kind].run(job)
        except Exception as error:
            # Only what failed, and where: the text may quote the other side.
            place = extract_tb(error.__traceback__)[-1]
            where = f"{place.filename}:{place.lineno}"
            what = failure_name(error)
            _log.warning("job %d, %s, failed: %s, %s", job.id, job.kind, what, where)
            return error
        return None

    def _end(self, job: Job, error: Exception | None) -> bool:
        """Store how an attempt ended; return whether the database took it."""
        try:
            if error:
                service.record_failure(job, error)
            elif job.state is not State.DONE:  # it has not completed itself
                service.complete(job)
        except (*OUTAGES, UncertainError):
            return False
        return True

    def _renew(self) -> None:
        """Extend the leases of the jobs that run, from time to time."""
        if time.monotonic() > self._renew_at:
            if running := self._ids():
                leasing.renew(self.id, running, leasing.LEASE)
            self._renew_at = time.monotonic() + RENEW_INTERVAL_S


def worker() -> Worker:
    """Return the worker of the current application."""
    return current_app.extensions["ticketing.worker"]


@after_commit(JobsEnqueued)
def begin_jobs(event: JobsEnqueued) -> None:
    """Let this process's worker look at once, if it works."""
    worker().wake()
