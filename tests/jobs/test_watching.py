"""Metrics of jobs, and the findings of flask doctor."""

from datetime import timedelta

import pytest

from ticketing.core.database import utcnow
from ticketing.core.transaction import transaction
from ticketing.jobs import leasing, service, watching
from ticketing.jobs.kinds import KINDS, Kind


@pytest.fixture
def metrics(anyone):
    def metrics():
        lines = anyone.get("/metrics").get_data(as_text=True).splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if "ticketing_jobs" in line)

    return metrics


@pytest.fixture
def findings(app):
    def findings():
        with app.app_context():
            return [*watching.examine()]

    return findings


def test_metrics_count_the_jobs_of_each_state(fail, enqueue, work, metrics, app):
    fail("a")
    enqueue("b", "c")
    work()
    enqueue("d")
    with app.app_context():
        leasing.lease("one", "watched", 1)
    enqueue("e", due_at=utcnow() + timedelta(days=1))

    found = metrics()

    counts = {state: found[f'ticketing_jobs{{state="{state}"}}'] for state in
              ("due", "leased", "done", "failed")}
    assert counts == {"due": "1.0", "leased": "1.0", "done": "2.0", "failed": "1.0"}
    assert found["ticketing_jobs_oldest_due_seconds"] == "0.0"


def test_metrics_count_no_further_than_is_cheap(enqueue, metrics, monkeypatch, watched):
    monkeypatch.setattr(watching, "MAX_COUNTED", 2)
    enqueue("a", "b", "c")

    assert metrics()['ticketing_jobs{state="due"}'] == "2.0"


def test_metrics_say_how_long_the_oldest_job_is_due(
    enqueue, metrics, watched, time_machine
):
    time_machine.move_to(utcnow(), tick=False)
    enqueue("a")
    time_machine.shift(30)

    assert metrics()["ticketing_jobs_oldest_due_seconds"] == "30.0"


def test_doctor_is_content_while_no_job_waits(enqueue, findings, watched):
    enqueue("a")

    (finding,) = findings()

    assert finding == (True, "jobs: none waits for a worker.")


def test_doctor_says_that_nobody_works(enqueue, findings, watched, time_machine):
    time_machine.move_to(utcnow(), tick=False)
    enqueue("a")
    time_machine.shift(61)

    (finding,) = findings()

    assert not finding.ok
    assert finding.text.startswith("jobs: one is due for 61 s: nobody works: start")


def test_doctor_says_that_workers_are_behind(
    app, enqueue, findings, watched, time_machine
):
    time_machine.move_to(utcnow(), tick=False)
    enqueue("a", "b")
    time_machine.shift(70)
    with app.app_context():
        leasing.lease("one", "watched", 1)

    (finding,) = findings()

    assert not finding.ok
    assert finding.text.startswith("jobs: one is due for 70 s: workers are behind")


@pytest.mark.parametrize("how", ["running", "done"])
def test_doctor_does_not_ask_for_workers_where_more_may_not_run_at_once(
    app, enqueue, findings, watched, monkeypatch, time_machine, how
):
    monkeypatch.setitem(KINDS, "watched", Kind(watched.run, True, max_running=1))
    time_machine.move_to(utcnow(), tick=False)
    enqueue("a", "b")
    time_machine.shift(70)
    with app.app_context():
        (running,) = leasing.lease("one", "watched", 1)
        if how == "done":
            service.complete(running)

    assert findings() == [(True, "jobs: none waits for a worker.")]


def test_doctor_says_that_nobody_does_what_only_some_at_once_may(
    enqueue, findings, watched, monkeypatch, time_machine
):
    monkeypatch.setitem(KINDS, "watched", Kind(watched.run, True, max_running=1))
    time_machine.move_to(utcnow(), tick=False)
    enqueue("a")
    time_machine.shift(61)

    (finding,) = findings()

    assert not finding.ok


def test_doctor_names_the_jobs_that_this_release_cannot_do(app, findings):
    with app.app_context():
        transaction()(service.enqueue)(service.NewJob("newer.1", {}))

    cannot, waits = findings()

    assert cannot == (False, "jobs: this release cannot do newer.1: update it.")
    assert waits.ok
