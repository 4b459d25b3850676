"""Jobs are done after the commit, those of a lane in order, and again if they fail."""

import pytest

from ticketing.core.database import db, utcnow
from ticketing.core.transaction import transaction
from ticketing.jobs import service
from ticketing.jobs.kinds import JobError
from ticketing.jobs.models import Job, State


@pytest.fixture
def job(app):
    """Return the job of a name as it is stored."""

    def job(name):
        with app.app_context():
            jobs = db.session.scalars(db.select(Job))
            return next(job for job in jobs if job.data["name"] == name)

    return job


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


def test_a_failure_is_tried_again_after_ten_seconds(
    app, enqueue, work, watched, job, time_machine
):
    time_machine.move_to(utcnow(), tick=False)
    watched.errors["a"] = ConnectionResetError("secret")
    enqueue("a")

    work()

    failed = job("a")
    assert (failed.state, failed.attempts) == (State.DUE, 1)
    assert failed.last_error == "ConnectionResetError"
    assert 9 <= (failed.due_at - utcnow()).total_seconds() <= 11
    watched.errors.clear()
    time_machine.shift(11)
    work()
    assert watched.done == ["a"]


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
        assert service.lease("one that dies", "watched", 1)

    work()
    assert watched.done == []
    time_machine.shift(61)
    work()

    assert watched.done == ["a"]


def test_who_lost_the_lease_ends_nothing(app, enqueue, job, watched, time_machine):
    time_machine.move_to(utcnow(), tick=False)
    enqueue("a")
    with app.app_context():
        (late,) = service.lease("slow", "watched", 1)
    time_machine.shift(61)
    with app.app_context():
        assert service.lease("other", "watched", 1)

        service.complete(late)

    assert job("a").state is State.LEASED
