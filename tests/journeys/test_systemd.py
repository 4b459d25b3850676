"""The units in ``deploy/``: what systemd starts is ready and ends as expected."""

import socket
import subprocess
import time
from configparser import ConfigParser
from pathlib import Path

import served
from dotenv import dotenv_values

WRITABLE = {"readwritepaths", "statedirectory"}
HARDENED = {"protectsystem", "protecthome", "privatetmp", "nonewprivileges"}


def unit(name):
    """Return the section of a unit that says how to start it."""
    parsed = ConfigParser(interpolation=None)
    parsed.read(served.ROOT / "deploy" / name)
    return parsed["Service"]


def test_the_unit_starts_a_process_that_says_when_it_is_ready(tmp_path):
    service = unit("ticketing@.service")
    port = served.free_port()
    program, *arguments = service["ExecStart"].replace("%i", str(port)).split()
    command = [*served.PYTHON, "-m", "gunicorn", *arguments]
    settings = served.production(f"sqlite:///{tmp_path / 'ticketing.db'}", "eventlet")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(served.PATIENCE)
        settings["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        process = served.Process(command, settings, tmp_path, port)

        with served.running(process):
            said = systemd.recv(4096).decode()
            seconds = process.terminate()

    assert program == f"{service['WorkingDirectory']}/venv/bin/gunicorn"
    assert service["Type"] == "notify" and "READY=1" in said
    assert seconds < float(service["TimeoutStopSec"])


def test_the_units_may_write_where_the_example_of_the_settings_keeps_files():
    example = dotenv_values(served.ROOT / ".env.example")

    for name in ("ticketing@.service", "ticketing-worker.service"):
        state = Path("/var/lib", unit(name)["StateDirectory"])
        assert Path(example["UPLOAD_DIR"]).is_relative_to(state)


def test_the_unit_of_the_worker_starts_one_that_ends_as_expected(tmp_path):
    service, process = unit("ticketing-worker.service"), unit("ticketing@.service")
    program, *arguments = service["ExecStart"].split()
    settings = served.production(f"sqlite:///{tmp_path / 'ticketing.db'}", "eventlet")
    prepared = served.Process([], settings, tmp_path, 0)
    prepared.flask("db", "upgrade")

    worker = subprocess.Popen(
        [*served.PYTHON, "-m", "flask", *arguments],
        cwd=served.ROOT,
        env=prepared.environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = worker.stdout.readline()
        begun = time.monotonic()
        worker.terminate()
        status = worker.wait(served.PATIENCE)
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()

    assert program == f"{service['WorkingDirectory']}/venv/bin/flask"
    assert service["Environment"] == "TICKETING_ENV=production"
    assert (said, status) == ("Working.\n", 0)
    assert time.monotonic() - begun < float(service["TimeoutStopSec"])
    for name in HARDENED | {"user", *WRITABLE, "umask", "restart"}:
        assert service[name] == process[name]


def test_a_worker_without_tables_says_so(tmp_path):
    settings = served.production(f"sqlite:///{tmp_path / 'ticketing.db'}", "eventlet")

    done = subprocess.run(
        [*served.PYTHON, "-m", "flask", "worker"],
        cwd=served.ROOT,
        env=served.Process([], settings, tmp_path, 0).environ,
        capture_output=True,
        text=True,
        timeout=served.PATIENCE,
    )

    assert done.returncode == 1
    assert "The database has no tables yet: run flask db upgrade." in done.stderr
