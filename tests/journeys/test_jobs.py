"""Several workers do jobs at once, each job by one of them, and in order in a lane."""

import json
import os
import signal
import subprocess
import time
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
import served
from sqlalchemy import create_engine, func, insert, make_url, select

from ticketing.core.database import emit_begin, utcnow
from ticketing.jobs.models import Job, State
from ticketing.jobs.worker import BULK_PLACES

WORKER = Path(__file__).with_name("job_worker.py")
IS_SQLITE = not os.environ.get("TEST_DATABASE_URL")
WORKERS = 2 if IS_SQLITE else 4
PATIENCE = 90  # seconds


class Jobs:
    """A database with jobs, workers on it, and what they did."""

    def __init__(self, directory, url):
        self.log = directory / "done.txt"
        self.log.touch()
        self._directory = directory
        self.process = served.Process([], {"DATABASE_URL": url}, directory, 0)
        self.process.environ |= {
            "TICKETING_ENV": "testing",
            "SOCKETIO_ASYNC_MODE": "threading",
            "PYTHONPATH": str(served.ROOT),
        }
        served.fill_empty(self.process)
        self.engine = create_engine(make_url(url))
        emit_begin(self.engine)
        self.workers = []

    def enqueue(self, *jobs, count=1, **more):
        now = utcnow()
        row = {"state": State.DUE, "due_at": now, "created_at": now, "attempts": 0}
        rows = [{**row, "lane": None, "data": {}, **job, **more} for job in jobs]
        with self.engine.begin() as connection:
            connection.execute(insert(Job), rows * count)

    def work(self, count=1, lease_s=60):
        """Start workers; return their processes."""
        command = [*served.PYTHON, str(WORKER), str(self.log), str(lease_s)]
        started = [
            subprocess.Popen(
                command, env=self.process.environ, stdout=subprocess.PIPE, text=True
            )
            for _ in range(count)
        ]
        self.workers += started
        for worker in started:
            assert worker.stdout.readline() == "Working.\n"
        return started

    def did(self, *what):
        """Return the lines of the log, or those of some kinds."""
        lines = map(json.loads, self.log.read_text().splitlines())
        return [line for line in lines if not what or line[2] in what]

    def wait_for(self, fact):
        deadline = time.monotonic() + PATIENCE
        while not fact():
            assert time.monotonic() < deadline, self.states()
            time.sleep(0.1)

    def states(self):
        counted = select(Job.state, func.count()).group_by(Job.state)
        with self.engine.connect() as connection:
            return {state: count for state, count in connection.execute(counted)}

    def all_done(self):
        return self.states().keys() == {State.DONE}

    def end(self):
        for worker in self.workers:
            worker.kill()
            worker.wait()
            worker.stdout.close()
        self.engine.dispose()


@pytest.fixture
def jobs(tmp_path):
    with served.database(tmp_path) as url:
        jobs = Jobs(tmp_path, url)
        yield jobs
        jobs.end()


def most_at_once(lines, key):
    """Return how many ran at once, at most, of those with the same key."""
    running, most = Counter(), Counter()
    for line in sorted(lines):
        running[key(line)] += 1 if line[2] == "begin" else -1
        most[key(line)] = max(most[key(line)], running[key(line)])
    return most


def test_each_of_thousands_of_jobs_is_done_once(jobs):
    jobs.enqueue({"pool": "free"}, {"pool": "free.2"}, {"pool": "bulk"}, count=700)

    jobs.work(WORKERS)
    jobs.wait_for(jobs.all_done)

    times = Counter(line[3] for line in jobs.did("begin"))
    assert len(times) == 2100
    assert set(times.values()) == {1}
    assert len({line[1] for line in jobs.did()}) == WORKERS


def test_jobs_of_a_lane_are_done_in_order_by_several_workers_even_if_some_fail(jobs):
    lanes = [f"lane {number}" for number in range(30)]
    for turn in range(20):
        data = {"failures": int(turn % 7 == 3), "seconds": 0.002}
        jobs.enqueue(*[{"pool": "free", "lane": lane} for lane in lanes], data=data)

    jobs.work(WORKERS)
    jobs.wait_for(jobs.all_done)

    ended = defaultdict(list)
    for line in jobs.did("end"):
        ended[line[5]].append(line[3])
    assert set(ended) == set(lanes)
    assert all(len(ids) == 20 and ids == sorted(ids) for ids in ended.values())
    assert set(most_at_once(jobs.did(), lambda line: line[5]).values()) == {1}


def test_no_more_of_a_pool_run_at_once_than_its_kind_allows(jobs):
    data = {"seconds": 0.05}
    jobs.enqueue({"pool": "few.1"}, {"pool": "few.2"}, count=40, data=data)
    jobs.enqueue({"pool": "bulk"}, count=60, data=data)

    jobs.work(WORKERS)
    jobs.wait_for(jobs.all_done)

    lines = jobs.did()
    of_pools = most_at_once(lines, lambda line: line[4])
    assert of_pools["few.1"] == of_pools["few.2"] == 2
    of_workers = most_at_once(
        [line for line in lines if line[4] == "bulk"], lambda line: line[1]
    )
    assert max(of_workers.values()) == BULK_PLACES


def test_a_job_begins_within_two_seconds_of_when_it_is_due(jobs):
    jobs.work()
    due_at = utcnow() + timedelta(seconds=2)
    jobs.enqueue({"pool": "free", "due_at": due_at})
    jobs.wait_for(jobs.all_done)

    (begun,) = jobs.did("begin")
    assert 0 <= begun[0] - due_at.timestamp() < 2


def test_jobs_of_a_killed_worker_are_done_by_another_when_its_leases_end(jobs):
    jobs.enqueue({"pool": "few"}, count=2, data={"seconds": 3})
    jobs.enqueue({"pool": "free", "lane": "x"}, count=2, data={"seconds": 3})
    (killed,) = jobs.work(lease_s=2)
    jobs.wait_for(lambda: len(jobs.did("begin")) == 3)

    killed.kill()
    jobs.work(lease_s=2)
    jobs.wait_for(jobs.all_done)

    assert {line[1] for line in jobs.did("end")} == {jobs.workers[1].pid}
    assert len(jobs.did("end")) == 4
    ends = [line[3] for line in jobs.did("end") if line[5]]
    assert ends == sorted(ends)


def test_the_lease_of_a_long_job_is_renewed(jobs):
    jobs.enqueue({"pool": "free", "data": {"seconds": 5}})

    jobs.work(2, lease_s=2)
    jobs.wait_for(jobs.all_done)

    assert len(jobs.did("begin")) == 1


def test_a_worker_that_was_suspended_does_not_end_the_job_of_another(jobs):
    jobs.enqueue({"pool": "free", "data": {"seconds": 2}})
    (suspended,) = jobs.work(lease_s=2)
    jobs.wait_for(lambda: jobs.did("begin"))
    suspended.send_signal(signal.SIGSTOP)
    jobs.work(lease_s=2)
    jobs.wait_for(lambda: len(jobs.did("begin")) == 2)

    suspended.send_signal(signal.SIGCONT)
    jobs.wait_for(lambda: suspended.pid in {line[1] for line in jobs.did("end")})
    time.sleep(0.3)  # it may try to
    others = jobs.states()
    jobs.wait_for(jobs.all_done)

    assert others == {State.LEASED: 1}
    assert len(jobs.did("begin")) == 2


def test_sigterm_ends_a_worker_in_time_and_leaves_its_jobs_to_others(jobs):
    jobs.enqueue({"pool": "free"}, count=2, data={"seconds": 30})
    (worker,) = jobs.work()
    jobs.wait_for(lambda: len(jobs.did("begin")) == 2)

    begun = time.monotonic()
    worker.terminate()
    status = worker.wait(PATIENCE)

    assert status == 0
    assert time.monotonic() - begun < 10
    assert jobs.states() == {State.LEASED: 2}
    jobs.work()
    jobs.wait_for(lambda: len(jobs.did("begin")) == 4)
    assert time.monotonic() - begun < 20


def test_sigterm_lets_a_short_job_end(jobs):
    jobs.enqueue({"pool": "free", "data": {"seconds": 2}})
    (worker,) = jobs.work()
    jobs.wait_for(lambda: jobs.did("begin"))

    worker.terminate()

    assert worker.wait(PATIENCE) == 0
    assert jobs.all_done()


def test_a_job_that_never_ends_does_not_stop_others(jobs):
    jobs.enqueue({"pool": "free"}, count=15, data={"seconds": 1000})
    jobs.enqueue({"pool": "free.2"}, count=50)

    jobs.work()

    jobs.wait_for(lambda: len(jobs.did("end")) == 50)


@pytest.fixture
def old_job():
    """Add a job that a worker deletes when it starts; return if it is still there."""
    engines = []

    def old_job(process):
        engines.append(create_engine(process.environ["DATABASE_URL"]))
        emit_begin(engines[0])
        old = utcnow() - timedelta(days=8)
        done = {"pool": "mail", "data": {}, "state": State.DONE, "attempts": 1}
        with engines[0].begin() as connection:
            add = insert(Job).values(**done, created_at=old, ended_at=old)
            connection.execute(add)

        def is_there():
            with engines[0].connect() as connection:
                # The demo has some of its own, of today.
                still = select(func.count(Job.id)).where(Job.ended_at == old)
                return bool(connection.scalar(still))

        return is_there

    yield old_job
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize("how", ["demo", "eventlet", "threading"])
def test_the_serving_process_does_jobs_and_commands_do_not(how, serve, old_job):
    with serve(how) as process:
        process.stop()
        is_there = old_job(process)
        process.flask("jobs", "list")
        process.flask("db", "upgrade")
        assert is_there()

        process.start()

        deadline = time.monotonic() + PATIENCE
        while is_there():
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_with_separate_workers_the_serving_process_does_no_jobs(serve, old_job):
    with serve("threading", WORKER="separate") as process:
        process.stop()
        is_there = old_job(process)

        process.start()

        time.sleep(3)
        assert is_there()
