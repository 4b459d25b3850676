"""A worker lets other parts look for what is due, about once a second."""

import pytest
from sqlalchemy.exc import OperationalError

from ticketing.jobs import polls
from ticketing.jobs.polls import POLLS, PeriodicCalls


@pytest.fixture
def look(app, monkeypatch):
    """Let a worker look for what these functions look for, and nothing else."""

    def look(*functions):
        monkeypatch.setitem(app.extensions, POLLS._key, functions)
        PeriodicCalls(app, POLLS, 1.0, start=lambda run: run()).begin()

    return look


@pytest.fixture
def clock(monkeypatch):
    """Return the time, which does not pass by itself."""
    now = [1000.0]
    monkeypatch.setattr(polls.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def found():
    return []


def test_each_poll_is_called_in_an_application_context(app, look, found):
    from flask import current_app

    look(*[lambda: found.append(current_app.name)] * 2)

    assert found == [app.name] * 2


@pytest.mark.parametrize("error", [OperationalError("-", {}, Exception()), ValueError])
def test_a_poll_that_fails_keeps_no_other_one_from_being_called(
    look, found, logged, error
):
    def fail():
        raise error

    look(fail, lambda: found.append(1))

    assert found == [1]
    [line] = logged("ticketing.jobs.polls")
    assert "fail" in line["message"]


def test_polls_are_called_once_a_second(app, monkeypatch, clock, found):
    monkeypatch.setitem(app.extensions, POLLS._key, [lambda: found.append(clock[0])])
    worker = PeriodicCalls(app, POLLS, 1.0, start=lambda run: run())

    for elapsed in (0, 0.5, 0.5, 0.9, 0.1):
        clock[0] += elapsed
        worker.begin()

    assert found == [1000.0, 1001.0, 1002.0]


def test_a_poll_that_takes_long_is_not_called_again_meanwhile(app, clock, found):
    worker = PeriodicCalls(app, POLLS, 1.0, start=found.append)

    worker.begin()
    clock[0] += 5
    worker.begin()
    [run] = found
    run()
    worker.begin()

    assert len(found) == 2


def test_polls_for_which_there_is_no_thread_are_called_later(app, clock, found):
    def refuse(run):
        raise RuntimeError("can't start new thread")

    worker = PeriodicCalls(app, POLLS, 1.0, start=refuse)
    with pytest.raises(RuntimeError):
        worker.begin()
    worker._start = found.append
    clock[0] += 1

    worker.begin()

    assert len(found) == 1
