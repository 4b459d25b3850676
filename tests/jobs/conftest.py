"""Fixtures of jobs: a kind of job that a test can watch."""

import pytest

from ticketing.core.transaction import transaction
from ticketing.jobs import kinds, service


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
