"""A PeriodicTask runs once at a time, while it is needed, and can start again."""

from threading import Event

import pytest
from flask import current_app

from ticketing.realtime.periodic_task import PeriodicTask
from ticketing.web.extensions import socketio


@pytest.fixture
def tasks(app, monkeypatch):
    """Return the tasks that were started; none of them is run by itself."""
    tasks = []
    monkeypatch.setattr(
        socketio, "start_background_task", lambda *task: tasks.append(task)
    )
    return tasks


def run(task):
    function, *args = task
    function(*args)


def test_a_periodic_task_started_twice_runs_once_at_a_time(app, tasks):
    ran, needed = [], iter([True, True, False, False])
    task = PeriodicTask(0, lambda: next(needed), lambda: ran.append(current_app.name))

    with app.app_context():
        task.start()
        task.start()
    run(tasks.pop())

    assert tasks == []
    assert ran == [app.name] * 2


def test_a_periodic_task_needed_again_at_its_end_starts_again(app, tasks):
    ran, needed = [], iter([False, True, True, False, False])
    task = PeriodicTask(0, lambda: next(needed), lambda: ran.append(current_app.name))

    with app.app_context():
        task.start()
    run(tasks.pop())
    run(tasks.pop())

    assert ran == [app.name]


def test_a_periodic_task_that_failed_goes_on(app, tasks, caplog):
    def fail():
        raise OSError("no way")

    needed = iter([True, True, False, False])
    task = PeriodicTask(0, lambda: next(needed), fail)

    with app.app_context():
        task.start()
    run(tasks.pop())

    assert caplog.text.count("fail failed; it is tried again") == 2


def test_a_periodic_task_that_could_not_start_can_be_started_later(
    app, tasks, monkeypatch
):
    def refuse(*task):
        raise RuntimeError("can't start new thread")

    task = PeriodicTask(0, lambda: False, tasks.append)
    with app.app_context():
        with monkeypatch.context() as patch:
            patch.setattr(socketio, "start_background_task", refuse)
            with pytest.raises(RuntimeError):
                task.start()

        task.start()

    assert len(tasks) == 1


def test_a_periodic_task_runs_in_the_background(app):
    started, gone = Event(), Event()

    def go():
        assert started.wait(10)
        gone.set()

    task = PeriodicTask(0, lambda: not gone.is_set(), go)
    with app.app_context():
        task.start()
    started.set()

    assert gone.wait(10)
