"""A worker goes on whatever happens: no thread, no database, an unknown kind."""

import time
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy.exc import OperationalError

from ticketing.core.database import utcnow
from ticketing.core.transaction import transaction
from ticketing.jobs import kinds, leasing, service
from ticketing.jobs.kinds import JobError, Kind, job_kind
from ticketing.jobs.models import State
from ticketing.jobs.polls import PRUNING
from ticketing.jobs.worker import BULK_PLACES, PLACES, Worker

PATIENCE = 20  # seconds


@pytest.fixture
def wait_for():
    def wait_for(fact):
        deadline = time.monotonic() + PATIENCE
        while not fact():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    return wait_for


@pytest.fixture
def no_pruning(app, monkeypatch):
    """Let nothing look for old jobs to delete, and so lock others for a moment."""
    monkeypatch.setitem(app.extensions, PRUNING._key, [])


@pytest.fixture
def busy(monkeypatch):
    """Let jobs of the kinds ``busy`` and ``bulk`` run until this event is set."""
    over = Event()

    def run(job):
        over.wait(PATIENCE)

    monkeypatch.setitem(kinds.KINDS, "busy", Kind(run, False, None))
    monkeypatch.setitem(kinds.KINDS, "bulk", Kind(run, True, None))
    yield over
    over.set()


@pytest.fixture
def enqueue_many(app):
    def enqueue_many(pool, count):
        new = [service.NewJob(pool, {"name": str(number)}) for number in range(count)]
        with app.app_context():
            transaction()(service.enqueue)(*new)

    return enqueue_many


@pytest.fixture
def background(app, wait_for):
    """A worker in threads, which a test begins by ``start``."""
    worker = Worker(app)
    yield worker
    worker.stop()
    worker.wake()


@pytest.fixture
def outage(monkeypatch):
    """Let functions fail a few times, as without a database."""

    def outage(module, name, times):
        works, failures = getattr(module, name), []

        def fail(*args):
            if len(failures) < times:
                failures.append(1)
                raise OperationalError("SELECT 1", {}, Exception("gone"))
            return works(*args)

        monkeypatch.setattr(module, name, fail)

    return outage


def test_a_job_begins_as_soon_as_its_process_has_enqueued_it(
    app, background, no_pruning, enqueue, watched, wait_for, monkeypatch
):
    monkeypatch.setattr("ticketing.jobs.worker.POLL_INTERVAL_S", PATIENCE)
    monkeypatch.setitem(app.extensions, "ticketing.worker", background)
    background.start()

    enqueue("a")

    wait_for(lambda: watched.done)


def test_a_worker_goes_on_when_the_database_is_back(
    background, enqueue, watched, outage, wait_for, logged, monkeypatch
):
    monkeypatch.setattr("ticketing.jobs.worker.POLL_INTERVAL_S", 0.05)
    outage(leasing, "due_pools", 2)
    enqueue("a")

    background.start()

    wait_for(lambda: watched.done)
    (*_, line) = logged("ticketing.jobs")
    assert line["message"] == "cannot look for jobs: OperationalError"


def test_what_was_done_while_the_database_was_away_is_not_done_again(
    app, enqueue, work, watched, job, outage, monkeypatch
):
    monkeypatch.setattr("ticketing.jobs.worker.END_RETRY_INTERVAL_S", 0.01)
    outage(service, "complete", 3)
    enqueue("a")

    work()

    assert watched.done == ["a"]
    assert job("a").state is State.DONE


def test_a_worker_does_not_begin_a_job_again_that_it_still_does(
    app, background, busy, enqueue_many, time_machine
):
    enqueue_many("busy", 1)
    with app.app_context():
        assert background.begin_due() == 1
        time_machine.move_to(utcnow() + leasing.LEASE)

        assert background.begin_due() == 0


@pytest.fixture
def stopped(app, background, busy, enqueue_many, job, wait_for, monkeypatch):
    """A worker that was stopped, but still does a job."""
    monkeypatch.setattr("ticketing.jobs.worker.STOP_TIMEOUT_S", 0.1)
    enqueue_many("busy", 1)
    background.start()
    wait_for(lambda: job("0").state is State.LEASED)
    background.stop()
    background.wait()
    return background


def test_a_job_that_outlasts_its_worker_is_not_begun_by_another(
    app, stopped, busy, worker, job, wait_for
):
    with app.app_context():
        assert worker.begin_due() == 0
    busy.set()

    wait_for(lambda: job("0").state is State.DONE)
    assert job("0").attempts == 1


def test_a_job_is_begun_by_another_once_the_process_of_its_worker_has_ended(
    app, stopped, background, job, time_machine
):
    time_machine.move_to(utcnow() + timedelta(seconds=10))

    with app.app_context():
        assert Worker(app).begin_due() == 1
    assert job("0").attempts == 2


def test_a_job_for_which_there_is_no_thread_is_done_later(
    app, enqueue, work, watched, job
):
    def refuse(*args):
        raise RuntimeError("can't start new thread")

    enqueue("a")
    with app.app_context():
        began = Worker(app, start=refuse).begin_due()

    waiting = job("a")
    assert (began, waiting.state, waiting.attempts) == (0, State.DUE, 0)
    work()
    assert watched.done == ["a"]


def test_jobs_of_a_bulky_kind_take_half_of_the_places(
    app, background, busy, enqueue_many
):
    enqueue_many("bulk", 40)
    enqueue_many("bulk.2", 40)
    with app.app_context():
        assert background.begin_due() == BULK_PLACES == PLACES // 2
        enqueue_many("busy", 40)

        assert background.begin_due() == PLACES - BULK_PLACES
        assert background.begin_due() == 0


def test_a_job_of_an_unknown_kind_is_left_alone(app, enqueue_many, worker, job):
    enqueue_many("newer.1", 1)

    with app.app_context():
        assert worker.begin_due() == 0

    assert job("0").state is State.DUE


def test_the_log_says_what_failed_and_where_but_no_text(
    enqueue, work, watched, logged
):
    watched.errors["a"] = ConnectionResetError("secret")
    enqueue("a")

    work()

    (line,) = logged("ticketing.jobs.worker")
    assert "watched, failed: ConnectionResetError, " in line["message"]
    assert "conftest.py:" in line["message"]
    assert "secret" not in str(line)


def test_the_log_has_the_name_of_a_failure_that_was_foreseen(
    enqueue, work, watched, logged
):
    watched.errors["a"] = JobError("Gone", 410)
    enqueue("a")

    work()

    (line,) = logged("ticketing.jobs.worker")
    assert "watched, failed: Gone, " in line["message"]


def test_what_was_done_a_week_ago_is_deleted(
    app, background, enqueue, work, watched, wait_for, time_machine, monkeypatch
):
    monkeypatch.setattr(service, "BATCH_SIZE", 10)
    enqueue(*map(str, range(25)))
    work()
    time_machine.move_to(utcnow() + service.KEPT)
    enqueue("new")

    background.start()

    def only_the_new_one_is_left():
        with app.app_context():
            found = [job.data["name"] for job in service.list_jobs([*State])]
        return found == ["new"]

    wait_for(only_the_new_one_is_left)


def test_jobs_begin_while_what_is_old_is_being_deleted(
    app, background, busy, enqueue, watched, wait_for, monkeypatch
):
    pruning = Event()

    def prune():
        pruning.set()
        busy.wait(PATIENCE)

    monkeypatch.setitem(app.extensions, PRUNING._key, [prune])
    background.start()
    assert pruning.wait(PATIENCE)

    enqueue("a")

    wait_for(lambda: watched.done)
    assert not busy.is_set()


@pytest.mark.parametrize("name", ["watched", "web.hook"])
def test_a_kind_has_a_name_of_its_own_without_a_dot(name, watched):
    with pytest.raises(ValueError, match=name):
        job_kind(name)
