"""Jobs are done after the commit, those of a lane in order, and again if they fail."""

import pytest

from ticketing.core.database import utcnow
from ticketing.core.transaction import transaction
from ticketing.jobs import leasing, service
from ticketing.jobs.kinds import JobError
from ticketing.jobs.models import State


def test_a_job_is_done_once(enqueue, work, watched, job):
    enqueue("a")

    work()
    work()

    assert watched.done == ["a"]
    assert job("a").state is State.DONE


def test_a_job_whose_transaction_fails_is_never_done(app, work, watched):
    @transaction()
    def fail():
        service.enqueue(service.NewJob("watched", {"name": "a"}))
        raise RuntimeError

    with app.app_context(), pytest.raises(RuntimeError):
        fail()
    work()

    assert watched.done == []


def test_a_failure_is_tried_again_later_and_later_and_then_no_more(
    app, enqueue, work, watched, job, time_machine
):
    time_machine.move_to(utcnow(), tick=False)
    watched.errors["a"] = ConnectionResetError("secret")
    enqueue("a")

    waited = []
    for attempt in range(1, 8):
        work()
        failed = job("a")
        assert (failed.state, failed.attempts) == (State.DUE, attempt)
        waited.append((failed.due_at - utcnow()).total_seconds())
        time_machine.move_to(failed.due_at, tick=False)
    work()

    expected = [10, 60, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600]
    assert waited == [pytest.approx(seconds, rel=0.1) for seconds in expected]
    assert len({round(a / b, 6) for a, b in zip(waited, expected)}) > 1
    failed = job("a")
    assert (failed.state, failed.attempts, failed.due_at) == (State.FAILED, 8, None)
    assert failed.last_error == "ConnectionResetError"


def test_a_job_that_kills_its_workers_fails_in_the_end(
    app, enqueue, work, watched, job, time_machine
):
    time_machine.move_to(utcnow(), tick=False)
    watched.errors["a"] = JobError("Busy", 451)
    enqueue("a", "b", lane="x")
    work()
    time_machine.shift(12)
    for attempt in range(7):
        with app.app_context():
            assert leasing.lease(f"worker {attempt}", "watched", 1)
        time_machine.shift(61)

    work()
    time_machine.shift(1)
    work()

    failed = job("a")
    assert (failed.state, failed.last_error) == (State.FAILED, "WorkerDied")
    assert failed.last_status is None
    assert watched.done == ["b"]


def test_a_permanent_failure_is_not_tried_again(enqueue, work, watched, job):
    watched.errors["a"] = JobError("SMTPRecipientsRefused", 550, is_permanent=True)
    enqueue("a")

    work()

    failed = job("a")
    assert (failed.state, failed.attempts) == (State.FAILED, 1)
    assert (failed.last_error, failed.last_status) == ("SMTPRecipientsRefused", 550)


def test_a_lane_waits_for_its_first_job_and_others_do_not(
    enqueue, work, watched, time_machine
):
    time_machine.move_to(utcnow(), tick=False)
    watched.errors["a"] = TimeoutError()
    enqueue("a", "b", "c", lane="x")
    enqueue("other", lane="y")

    work()
    assert watched.done == ["other"]
    watched.errors.clear()
    time_machine.shift(11)
    work()

    assert watched.done == ["other", "a", "b", "c"]


def test_a_failed_job_holds_back_no_more(enqueue, work, watched):
    watched.errors["a"] = JobError("Gone", 410, is_permanent=True)
    enqueue("a", "b", lane="x")

    work()

    assert watched.done == ["b"]


def test_a_job_whose_worker_died_is_done_by_another(
    app, enqueue, work, watched, time_machine
):
    time_machine.move_to(utcnow(), tick=False)
    enqueue("a")
    with app.app_context():
        assert leasing.lease("one that dies", "watched", 1)

    work()
    assert watched.done == []
    time_machine.shift(61)
    work()

    assert watched.done == ["a"]


def test_who_lost_the_lease_ends_nothing(app, enqueue, job, watched, time_machine):
    time_machine.move_to(utcnow(), tick=False)
    enqueue("a")
    with app.app_context():
        (late,) = leasing.lease("slow", "watched", 1)
    time_machine.shift(61)
    with app.app_context():
        assert leasing.lease("other", "watched", 1)

        service.complete(late)

    assert job("a").state is State.LEASED


def test_a_failed_job_that_is_retried_waits_for_the_one_of_its_lane_that_runs(
    app, enqueue, work, watched, job, time_machine
):
    time_machine.move_to(utcnow(), tick=False)
    watched.errors["a"] = JobError("Gone", 410, is_permanent=True)
    enqueue("a", "b", lane="x")
    with app.app_context():
        service.record_failure(*leasing.lease("one", "watched", 1), watched.errors["a"])
        (running,) = leasing.lease("one", "watched", 1)
    watched.errors.clear()

    with app.app_context():
        service.retry()
    work()
    assert watched.done == []
    with app.app_context():
        service.complete(running)
    work()

    assert watched.done == ["a"]


def test_a_lane_that_waits_for_its_first_job_holds_back_no_other(
    enqueue, work, watched, time_machine
):
    time_machine.move_to(utcnow(), tick=False)
    watched.errors["a"] = TimeoutError()
    enqueue("a", *map(str, range(2500)), lane="x")
    enqueue("other", lane="y")

    work()

    assert watched.done == ["other"]


def test_jobs_of_one_pool_do_not_wait_for_those_of_another(
    app, enqueue, worker, watched
):
    enqueue("first")
    with app.app_context():
        transaction()(service.enqueue)(
            *[service.NewJob("watched.2", {"name": str(n)}) for n in range(100)]
        )
    enqueue("last")

    with app.app_context():
        worker.begin_due()

    assert {"first", "last"} < set(watched.done)


def test_a_job_of_a_lane_cannot_wait_for_a_time():
    with pytest.raises(ValueError, match="lane"):
        service.NewJob("watched", {}, lane="x", due_at=utcnow())


def test_jobs_are_enqueued_inside_a_transaction_only(app):
    with app.app_context(), pytest.raises(RuntimeError):
        service.enqueue(service.NewJob("watched", {}))
