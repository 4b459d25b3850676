"""Slow work in the caller's thread, or outside the event loop if there is one."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock, get_ident

import pytest
from sqlalchemy import text

from ticketing.core.database import db
from ticketing.core.errors import UnavailableError
from ticketing.core.offload import Queue, offload


def where(*args, **kwargs):
    return get_ident(), args, kwargs


def test_offload_runs_work_in_the_callers_thread_by_default(app):
    with app.app_context():
        result = offload(where, 1, two=2)

    assert result == (get_ident(), (1,), {"two": 2})


@pytest.fixture
def runner(app, monkeypatch):
    """A runner for slow work that records the calls."""
    given = []

    def run(work, *args, **kwargs):
        given.append((work, args, kwargs))
        return work(*args, **kwargs)

    monkeypatch.setitem(app.extensions, "offload", run)
    return given


def test_offload_uses_the_runner_of_the_entry_point(app, runner):
    with app.app_context():
        result = offload(where, 1, two=2)

    assert runner == [(where, (1,), {"two": 2})]
    assert result[1:] == ((1,), {"two": 2})


def test_offload_raises_the_errors_of_the_work(app, runner):
    with app.app_context(), pytest.raises(ZeroDivisionError):
        offload(lambda: 1 // 0)


def test_passwords_are_hashed_outside_the_event_loop(anyone, runner):
    anyone.post("/api/login", json={"email": "a@example.org", "password": "x" * 8})

    assert len(runner) == 1


@pytest.fixture
def crowd(app):
    """Offload work many times at once; return each result or error."""

    def crowd(queue, count, work):
        def one(_):
            with app.app_context():
                try:
                    return queue.offload(work)
                except UnavailableError as error:
                    return error

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(one, range(count)))

    return crowd


def test_an_offload_queue_runs_no_more_than_max_running_at_once(crowd):
    lock, under_way, most = Lock(), [], []

    def work():
        with lock:
            under_way.append(1)
            most.append(len(under_way))
        time.sleep(0.01)
        with lock:
            under_way.pop()

    crowd(Queue(max_running=2, max_calls=10), 10, work)

    assert (len(most), max(most)) == (10, 2)


def test_a_full_offload_queue_answers_503_with_retry_after(crowd):
    queue = Queue(max_running=1, max_calls=3)

    met = crowd(queue, 8, lambda: time.sleep(0.2) or "done")

    refused = [error for error in met if error != "done"]
    assert len(refused) == 5
    assert {error.status for error in refused} == {503}
    assert all(int(error.headers["Retry-After"]) > 0 for error in refused)
    assert crowd(queue, 3, lambda: "done") == ["done"] * 3


def test_failed_work_frees_its_place_in_the_offload_queue(app):
    queue = Queue(max_running=1, max_calls=1)

    for _ in range(3):
        with app.app_context(), pytest.raises(ZeroDivisionError):
            queue.offload(lambda: 1 // 0)


def test_waiting_for_offloaded_work_holds_no_database_connection(app, crowd):
    queue, held = Queue(max_running=1, max_calls=8), []
    connected = Barrier(6)

    def one(_):
        with app.app_context():
            db.session.execute(text("SELECT 1"))
            connected.wait()
            queue.offload(lambda: time.sleep(0.05) or held.append(pool.checkedout()))

    with app.app_context():
        pool = db.engine.pool
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(one, range(6)))

    assert held == [0] * 6
