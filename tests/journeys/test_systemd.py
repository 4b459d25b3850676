"""``deploy/ticketing@.service``: what systemd starts is ready and ends as expected."""

import socket
from configparser import ConfigParser

import served


def test_the_unit_starts_a_process_that_says_when_it_is_ready(tmp_path):
    unit = ConfigParser(interpolation=None)
    unit.read(served.ROOT / "deploy" / "ticketing@.service")
    service = unit["Service"]
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
