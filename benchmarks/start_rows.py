"""Rows that measure how long a start takes."""

import subprocess
import sys
import time
from tempfile import TemporaryDirectory

from benchmarks.results import Plan, Result, row
from benchmarks.sides import PYTHON, ROOT, Process, Stage

# As in gunicorn's worker, which has monkey-patched before it loads the application.
FIRST_ANSWER = """
import eventlet; eventlet.monkey_patch()
from eventlet import tpool
import os, time, config
begun = time.perf_counter()
from ticketing import create_app
app = create_app(config.from_environ(os.environ), tpool.execute)
assert app.test_client().get("/readyz").status_code == 200
print(time.perf_counter() - begun)
"""


@row("start")
def start(stage: Stage, plan: Plan) -> list[Result]:
    """Measure the time from importing the service to its first answer."""
    environ = stage.environ(stage.database(plan.small))
    taken = [_first_answer(environ) for _ in range(plan.rounds)]
    return [Result("create_app to first answer", "s", taken, 1.5)]


def _first_answer(environ: dict[str, str]) -> float:
    command = [*PYTHON, "-c", FIRST_ANSWER]
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


@row("clone")
def clone(stage: Stage, plan: Plan) -> list[Result]:
    """Measure the time from a fresh clone to serving, as the README says."""
    environ = stage.environ(stage.database(plan.small)) | {"TICKETING_ENV": ""}
    with TemporaryDirectory() as directory:
        fresh = f"{directory}/ticketing"
        python = f"{fresh}/venv/bin/python"
        begun = time.monotonic()
        for command in (
            ["git", "clone", "--quiet", str(ROOT), fresh],
            [sys.executable, "-m", "venv", f"{fresh}/venv"],
            [python, "-m", "pip", "install", "-qq", "-r", f"{fresh}/requirements.txt"],
        ):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        environ |= {"DATABASE_URL": "", "UPLOAD_DIR": ""}
        log = stage.directory / "clone.log"
        with Process([python, f"{fresh}/wsgi.py"], environ, log, "/healthz"):
            taken = time.monotonic() - begun
    return [Result("fresh clone to serving", "s", [taken], 60)]
