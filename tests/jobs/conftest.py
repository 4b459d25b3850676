"""Fixtures of jobs: a kind of job that a test can watch."""

import pytest

from ticketing.core.database import db
from ticketing.core.transaction import transaction
from ticketing.jobs import kinds, service
from ticketing.jobs.kinds import JobError
from ticketing.jobs.models import Job


class Watched:
    """Jobs of the kind ``watched``: what was done, and what an attempt is to raise."""

    def __init__(self):
        self.done = []
        self.errors = {}  # by ``name`` in the data

    def run(self, job):
        error = self.errors.get(job.data["name"])
        if error:
            raise error
        self.done.append(job.data["name"])


@pytest.fixture
def watched(monkeypatch):
    watched = Watched()
    monkeypatch.setitem(kinds.KINDS, "watched", kinds.Kind(watched.run, False, None))
    return watched


@pytest.fixture
def enqueue(app):
    """Enqueue jobs of the kind ``watched`` by their names."""

    def enqueue(*names, **options):
        new = [service.NewJob("watched", {"name": name}, **options) for name in names]
        with app.app_context():
            transaction()(service.enqueue)(*new)

    return enqueue


@pytest.fixture
def job(app):
    """Return the job of a name as it is stored."""

    def job(name):
        with app.app_context():
            jobs = db.session.scalars(db.select(Job))
            return next(job for job in jobs if job.data["name"] == name)

    return job


@pytest.fixture
def fail(watched, enqueue, work):
    """Let jobs fail for good."""

    def fail(*names, error=JobError("Gone", 410, is_permanent=True)):
        watched.errors |= dict.fromkeys(names, error)
        enqueue(*names)
        work()
        watched.errors.clear()

    return fail
