"""The README is true: what it says to run runs, what it lists is what there is."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest
from served import PATIENCE

import config
from ticketing.core.errors import TicketingError
from ticketing.web.errors import CODES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SERVE = (
    "python3 -m venv venv && venv/bin/pip install -r requirements.txt"
    " && venv/bin/python wsgi.py"
)
TEST = (
    "python3 -m venv venv && venv/bin/pip install -r requirements.txt"
    " -r tests/requirements.txt && venv/bin/pytest"
)

LIBRARIES = {"db", "openapi"}  # the commands of Flask-Migrate and flask-smorest


def blocks(language, heading):
    """Return the code blocks of a language under a heading."""
    section = README.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def block(language, heading):
    """Return the first code block of a language under a heading."""
    return blocks(language, heading)[0]


def table(heading):
    """Return the rows of the last table under a heading, without its head."""
    section = README.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ") for line in section.splitlines() if line[:1] == "|"]
    return [[cell.strip() for cell in row.split(" | ")] for row in rows[2:]]


def quoted(cell):
    """Return what stands in backquotes."""
    return re.findall("`([^`]+)`", cell)


@pytest.mark.parametrize("command", [SERVE, TEST])
def test_one_command_does_it(command):
    assert f"```bash\n{command}\n```\n" in README


def test_the_tour_is_as_told(demo, curl):
    tour = block("bash", "A tour with curl")
    there = tour.replace("http://127.0.0.1:8000", demo.url)

    done = subprocess.run(
        ["bash", "-eu"], input=there, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stdout + done.stderr
    *answers, download, sam, refused, status = done.stdout.splitlines()
    assert download == "Error 42"
    assert json.loads(sam)["user"]["name"] == "Sam"
    assert (json.loads(refused)["code"], status) == ("not_found", "404")
    told = [json.loads(answer) for answer in answers]
    ada, carla, tickets, assigned, mine, hers, note, comments = told[:8]
    assert (ada["user"]["role"], carla["user"]["role"]) == ("admin", "customer")
    assert tickets["data"][0]["subject"] == "Issue with login"
    assert assigned["assignee"]["name"] == "Ada"
    assert assigned["status"] == "in_progress"
    assert note["internal"] is True
    assert comments["data"] == [mine, hers]
    message, unread, messages, read, answer, uploaded = told[8:]
    assert messages["data"] == [message]
    assert (unread, read) == ({"unread_count": 1}, {"unread_count": 0})
    assert answer["message"] == "Hello, how can I help you?"
    assert uploaded["attachment"]["name"] == "error.log"


def test_its_recipes_for_service_levels_and_rules_do_what_they_say(
    serve, register, open_ticket, curl
):
    functions = block("bash", "A tour with curl").partition("# 1. ")[0]
    recipes = blocks("bash", "Service levels and rules")
    with serve("demo") as served:
        ada = register(served, "Ada", "admin")
        carla = register(served, "Carla")
        script = "\n".join([functions, f"ADMIN={ada.token}", *recipes])
        there = script.replace("http://127.0.0.1:8000", served.url)

        done = subprocess.run(
            ["bash", "-eu"], input=there, capture_output=True, text=True, timeout=60
        )

        assert done.returncode == 0, done.stdout + done.stderr
        low, urgent = (
            open_ticket(served, carla, priority=priority)
            for priority in ("low", "urgent")
        )
        ada.say(low, "Is it plugged in?")
        policies = [_policy(ada, ticket) for ticket in (low, urgent)]
        assert policies == ["Everyone", "Urgent, around the clock"]
        assert _awaited(lambda: ada.get(f"/tickets/{urgent['id']}")["assignee"])
        for on, target in ("sla.missed", "first_response"), ("idle", None):
            asked = {"ticket_id": low["id"], "on": on} | (
                {"target": target} if target else {}
            )
            [decision] = ada.post("/rules/preview", asked)["data"]
            assert decision["applies"] is (on == "sla.missed")  # it is idle in a week


def _policy(admin, ticket):
    return admin.get(f"/tickets/{ticket['id']}")["sla"]["policy"]["name"]


def _awaited(get):
    """Return what a call returns once that is something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := get()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture
def started():
    """Start a program; return its input, and a queue of the lines that it prints."""
    processes = []

    def read(process, lines):
        for line in process.stdout:
            lines.put(line.strip())

    def started(*command):
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        lines = Queue()
        reader = Thread(target=read, args=(process, lines))
        reader.start()
        processes.append((process, reader))
        return process.stdin, lines

    yield started
    for process, reader in processes:
        process.kill()
        process.wait()
        reader.join()
        process.stdin.close()
        process.stdout.close()


@pytest.fixture
def chat(node, tmp_path, started):
    """Start the JavaScript client of the README."""
    javascript = ROOT / "tests" / "js"
    (tmp_path / "node_modules").symlink_to(javascript / "node_modules")
    script = tmp_path / "chat.mjs"
    script.write_text(block("javascript", "A chat client in JavaScript"))
    client = ROOT / "ticketing" / "static" / "ticketing.js"
    (tmp_path / "ticketing.mjs").write_text(client.read_text())
    return lambda *args: started("node", script, *args)


@pytest.fixture
def follow(tmp_path, started):
    """Start the Python client of the README."""
    script = tmp_path / "follow.py"
    script.write_text(block("python", "Clients"))
    return lambda *args: started(sys.executable, script, *args)


def test_its_javascript_client_shows_everything_once_and_in_order(
    chat, serve, register, open_ticket
):
    with serve("demo") as served:
        carla = register(served, "Carla")
        ticket = open_ticket(served, carla)
        typed, shown = chat(served.url, carla.token, str(ticket["id"]))
        assert shown.get(timeout=20) == "1 ticket.created"

        carla.say(ticket, "Two")
        assert shown.get(timeout=20) == "2 message.sent Two"
        served.stop()
        served.start()
        for number in range(3, 120):  # more than one answer to join has room for
            carla.say(ticket, f"No. {number}")

        lines = [shown.get(timeout=20) for _ in range(3, 120)]
        assert lines == [f"{n} message.sent No. {n}" for n in range(3, 120)]
        print("Hello?", file=typed, flush=True)
        assert shown.get(timeout=20) == "120 message.sent Hello?"


def test_its_python_client_shows_everything_once_and_in_order(
    follow, serve, register, open_ticket
):
    with serve("demo") as served:
        carla = register(served, "Carla")
        ticket = open_ticket(served, carla)
        _, shown = follow(served.url, carla.token, str(ticket["id"]))
        assert shown.get(timeout=20) == "1 ticket.created"

        carla.say(ticket, "Two")
        assert shown.get(timeout=20) == "2 message.sent Two"
        served.stop()
        served.start()
        for number in range(3, 120):  # more than one answer to join has room for
            carla.say(ticket, f"No. {number}")

        lines = [shown.get(timeout=20) for _ in range(3, 120)]
        assert lines == [f"{n} message.sent No. {n}" for n in range(3, 120)]


def test_every_setting_is_listed_with_its_default():
    listed = {quoted(name)[0]: default for name, _, default, _ in table("Settings")}
    production, development = map(config.defaults, ("production", "development"))

    assert listed.pop("TICKETING_ENV") == "`production`"
    assert set(listed) == set(production)
    for name, default in production.items():
        expected = _as_listed(default)
        if development[name] != default:
            expected += f", in development {_as_listed(development[name])}"
        assert listed[name].partition(": ")[0] == expected


def _as_listed(default):
    text = ",".join(default) if isinstance(default, list) else str(default)
    return f"`{text.replace(f'{ROOT}/', '')}`" if text else "none"


def test_every_error_is_listed_with_its_status():
    listed = {
        (code, int(status))
        for codes, status, _ in table("Errors")
        for code in quoted(codes)
    }

    raised = {(error.code, error.status) for error in _errors(TicketingError)}
    assert raised | {(code, status) for status, code in CODES.items()} <= listed


def test_every_file_it_names_is_there():
    section = README.partition("\n## How it is built\n")[2].partition("\n## ")[0]
    named = {path for path in re.findall(r"`([\w/]+(?:/|\.py))`", section)}
    anywhere = {"events.py", "handlers.py", "listeners.py"}  # of each resource

    missing = {
        path
        for path in named - anywhere
        if not (ROOT / path).exists() and not (ROOT / "ticketing" / path).exists()
    }
    assert len(named) > 20
    assert missing == set()


def test_every_folder_is_in_its_table_of_folders():
    folders = {path.parent.name for path in ROOT.glob("ticketing/*/__init__.py")}
    section = README.partition("\n## How it is built\n")[2].partition("\n### ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]

    listed = [name for row in rows for name in quoted(row.split(" | ")[0])]
    assert {name.strip("/") for name in listed} == folders


def _errors(kind):
    return {kind}.union(*map(_errors, kind.__subclasses__()))


def test_every_command_is_listed(app):
    listed = [quoted(command)[0] for command, _ in table("Commands")]

    ours = {name: app.cli.commands[name] for name in set(app.cli.commands) - LIBRARIES}
    for name, command in ours.items():
        for subcommand in getattr(command, "commands", [""]):
            whole = f"flask {name} {subcommand}".strip()
            assert any(line.startswith(whole) for line in listed), whole
