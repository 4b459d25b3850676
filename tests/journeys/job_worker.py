"""``flask worker`` with kinds of jobs to watch: python job_worker.py FILE LEASE_S

Each begin and end of a job is a line of the file, which several workers share:
``[when, worker, "begin" or "end", id, pool, lane]``.
"""

import json
import os
import sys
import time
from datetime import timedelta

from flask.cli import ScriptInfo

import config
from ticketing import create_app
from ticketing.jobs import cli, leasing, service, worker
from ticketing.jobs.kinds import JobError, job_kind

file = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
lease_s = float(sys.argv[2])
leasing.LEASE = timedelta(seconds=lease_s)
worker.RENEW_INTERVAL_S = lease_s / 4
service.RETRY_AFTER_S = (0.2,) * 7


def note(what, job):
    line = [time.time(), os.getpid(), what, job.id, job.pool, job.lane]
    os.write(file, f"{json.dumps(line)}\n".encode())


def run(job):
    note("begin", job)
    time.sleep(job.data.get("seconds", 0))
    if job.attempts <= job.data.get("failures", 0):
        note("fail", job)
        raise JobError("Busy")
    note("end", job)


job_kind("free")(run)
job_kind("bulk", is_bulk=True)(run)
job_kind("few", max_running=2)(run)

app = create_app(config.from_environ(os.environ))
cli.work.main([], obj=ScriptInfo(create_app=lambda: app))
