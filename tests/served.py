"""Start the service, and what stands around it, in processes of their own."""

import getpass
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any, NoReturn, Self

import database_copies
import pytest
import requests
from sqlalchemy import URL, create_engine, make_url

import config

ROOT = Path(__file__).parents[1]
JAVASCRIPT = ROOT / "tests" / "js"
PYTHON = [sys.executable, "-W", "ignore"]  # eventlet deprecates itself
GUNICORN = ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app"]
INHERITED = ("PATH", "HOME", "PYTHONPYCACHEPREFIX")
PATIENCE = 30  # seconds
PASSWORD = "correct horse battery"
# Events that come a moment after what they are about.
LATE = frozenset({"presence", "ticket.activity"})
WATCHER = "a token for those who watch"
REQUIRE_ALL = os.environ.get("TEST_REQUIRE_ALL") == "1"


def lacking(what: str) -> NoReturn:
    """Skip the test; fail it if ``TEST_REQUIRE_ALL`` is set."""
    (pytest.fail if REQUIRE_ALL else pytest.skip)(what)


def launch(command: list[str], log: Path, **options: Any) -> subprocess.Popen:
    """Start a command in a process group of its own; append its output to a log."""
    with log.open("a") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **options,
        )


class Meanwhile:
    """Repeat something in a thread while the ``with`` block runs.

    :param pause: seconds between two times.
    """

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def act(self) -> None:
        """Do it once; it is done at least once."""
        raise NotImplementedError

    def _run(self) -> None:
        self.act()
        while not self._over.wait(self._pause):
            self.act()


class Process:
    """The service, run by a command in a process group of its own.

    :param settings: environment variables; every other setting has its default.
    """

    root: "Caller"
    cwd = ROOT
    _process: subprocess.Popen

    def __init__(
        self, command: list[str], settings: dict, directory: Path, port: int
    ) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = directory / "log.txt"
        self.environ = {
            **{n: os.environ[n] for n in INHERITED if n in os.environ},
            **dict.fromkeys(config.defaults("production"), ""),
            "UPLOAD_DIR": str(directory / "uploads"),
            "PORT": str(self.port),
            "LOGIN_LIMIT": "1000 per minute",
            "SEARCH_LIMIT": "1000 per minute",
            "REGISTER_LIMIT": "1000 per minute",
            "ACCOUNT_LIMIT": "1000 per minute",
            "BCRYPT_ROUNDS": "4",
            **settings,
        }
        self._command = command

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = launch(self._command, self.log, cwd=self.cwd, env=self.environ)
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"it did not start:\n{self.log.read_text()}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether it answers HTTP requests."""
        try:
            requests.get(f"{self.url}/healthz", timeout=5)
        except requests.RequestException:
            return False
        return True

    def memory(self) -> int:
        """Return how many bytes of memory its workers use."""
        return sum(kb * 1024 for kb in self._of_workers("VmRSS"))

    def threads(self) -> int:
        """Return how many threads its workers have."""
        return sum(self._of_workers("Threads"))

    def _of_workers(self, what: str) -> list[int]:
        master = self._process.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        statuses = [Path(f"/proc/{pid}/status").read_text() for pid in children]
        pattern = re.compile(rf"^{what}:\s+(\d+)", re.MULTILINE)
        return [int(found) for text in statuses for found in pattern.findall(text)]

    def terminate(self) -> float:
        """Send SIGTERM; return how many seconds it took to end.

        :raises TimeoutExpired: it did not.
        """
        begun = time.monotonic()
        self.begin_to_stop()
        self._process.wait(PATIENCE)
        return time.monotonic() - begun

    def begin_to_stop(self) -> None:
        """Send SIGTERM, unless it has ended."""
        self._process.terminate()

    def kill(self) -> None:
        """Kill it and its workers with SIGKILL."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it, and every process that it has left behind."""
        try:
            self.terminate()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def flask(self, *command: str, typed: str | None = None) -> str:
        """Run a command in the same environment; return what it prints."""
        done = subprocess.run(
            [*PYTHON, "-m", "flask", *command],
            cwd=ROOT,
            env=self.environ,
            input=typed,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def login(self, email: str, password: str = PASSWORD) -> "Caller":
        """Return an HTTP client of a user."""
        credentials = {"email": email, "password": password}
        return Caller(self.url).logged_in("/login", credentials)


class Caller:
    """A user who calls the service over HTTP, or a client without a token."""

    def __init__(self, url: str, token: str = "", user: dict | None = None) -> None:
        self.url = url
        self.token = token
        self.user = user or {}

    def at(self, process: Process) -> "Caller":
        """Return the same user as a client of another process."""
        return Caller(process.url, self.token, self.user)

    def logged_in(self, path: str, body: dict) -> "Caller":
        """Return the user whom the response to a call gives a token."""
        session = self.post(path, body)
        return Caller(self.url, session["token"], session["user"])

    def request(
        self, method: str, path: str, body: Any = None, files: Any = None
    ) -> requests.Response:
        """Return the response to a call, with a body in JSON or a form with files."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return requests.request(
            method,
            f"{self.url}/api{path}",
            json=body,
            files=files,
            headers=headers,
            timeout=PATIENCE,
        )

    def get(self, path: str) -> Any:
        """Return the body of the response to a call, which succeeds."""
        return self._ok("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        """Return the body of the response to a call, which succeeds."""
        return self._ok("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        """Return the body of the response to a call, which succeeds."""
        return self._ok("PATCH", path, body)

    def say(self, ticket: dict, text: str) -> dict:
        """Send a message on a ticket; return it."""
        return self.post(f"/tickets/{ticket['id']}/messages", {"message": text})

    def upload(
        self,
        path: str,
        name: str,
        content: bytes,
        field: str = "file",
        how: str = "POST",
    ) -> Any:
        """Return the body of the response to an upload, which succeeds.

        :param field: the name of the field of the form.
        :param how: the method of the call.
        """
        return self._ok(how, path, files={field: (name, content)})

    def _ok(self, method: str, path: str, body: Any = None, files: Any = None) -> Any:
        response = self.request(method, path, body, files)
        assert response.ok, response.text
        return response.json()


class JavaScriptClient:
    """The official Socket.IO client, in a process of its own."""

    def __init__(self, url: str, token: str, transport: str) -> None:
        self._process = subprocess.Popen(
            ["node", str(JAVASCRIPT / "client.mjs"), url, token, transport],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.closed = False  # by the server
        self._lines: Queue[list] = Queue()
        self._events: list[list] = []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def emit(self, name: str, payload: object) -> dict:
        """Send an event; return its acknowledgement."""
        assert self._process.stdin
        print(json.dumps([name, payload]), file=self._process.stdin, flush=True)
        (answer,) = self.wait_for("ack")
        return answer

    def join(self, ticket: dict, **payload: int) -> dict:
        """Join a ticket; return the acknowledgement."""
        return self.emit("join", {"ticket_id": ticket["id"], **payload})["data"]

    def wait_for(self, kind: str) -> list:
        """Wait for the next line of a kind; return the rest of it."""
        while True:
            try:
                found, *rest = self._lines.get(timeout=PATIENCE)
            except Empty:
                pytest.fail(f"no {kind} after {PATIENCE} seconds")
            if found == "event":
                self._events.append(rest)
            if found == kind:
                return rest

    def hear(self, name: str) -> list:
        """Return the arguments of the first event of a name not returned before."""
        while True:
            for event in self._events:
                if event[0] == name:
                    self._events.remove(event)
                    return event[1:]
            self.wait_for("event")

    def heard(self, besides: Collection[str] = LATE) -> list[str]:
        """Return the names of the events received so far and not returned before.

        What the server said before it answers now has been heard by then.

        :param besides: names that are left out.
        """
        self.emit("anything", None)
        names = [name for name, *_ in self._events if name not in besides]
        self._events.clear()
        return names

    def forget(self) -> None:
        """Discard the events received so far."""
        self._gather()
        self._events.clear()

    def heard_until_closed(self) -> list[str]:
        """Disconnect; return the names of the events received, not returned before."""
        self.close()
        self._gather()
        return [name for name, *_ in self._events]

    def close(self) -> None:
        """Disconnect, unless that has been done."""
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            self._process.stdout.close()

    def _gather(self) -> None:
        while not self._lines.empty():
            found, *rest = self._lines.get()
            if found == "event":
                self._events.append(rest)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.put(json.loads(line))
            self.closed = self.closed or line.startswith('["disconnect"')


def free_port() -> int:
    """Return a TCP port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def database(directory: Path) -> Iterator[str]:
    """Create an empty database: beside ``TEST_DATABASE_URL``, or a SQLite file."""
    given = os.environ.get("TEST_DATABASE_URL")
    if not given:
        yield f"sqlite:///{directory / 'ticketing.db'}"
        return
    url = make_url(given)
    name = f"{url.database}_{directory.name}_{os.getpid()}"
    engine = create_engine(url.set(database=None))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS `{name}`")
        connection.exec_driver_sql(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.exec_driver_sql(f"DROP DATABASE `{name}`")
    engine.dispose()


def production(database_url: str, mode: str) -> dict[str, str]:
    """Return the environment variables of a deployment."""
    return {
        "TICKETING_ENV": "production",
        "DATABASE_URL": database_url,
        "SECRET_KEY": secrets.token_hex(32),
        "JWT_SECRET_KEY": secrets.token_hex(32),
        "SOCKETIO_ASYNC_MODE": mode,
    }


@contextmanager
def serving_demo(directory: Path) -> Iterator[Process]:
    """Run ``python wsgi.py``; ``root`` is the admin that it seeds.

    Its mails are in ``mail`` beside its log.
    """
    settings = {
        "DATABASE_URL": f"sqlite:///{directory / 'ticketing.db'}",
        "MAIL_URL": f"file://{directory / 'mail'}",
    }
    demo = Process([*PYTHON, "wsgi.py"], settings, directory, free_port())
    with running(demo):
        demo.root = demo.login("admin@example.com", "password")
        yield demo


@contextmanager
def deployment(
    directory: Path, mode: str, count: int = 1, **settings: str
) -> Iterator[list[Process]]:
    """Run several gunicorns in production mode on one database.

    ``root`` is an admin of theirs, made as their operator makes the first one.
    """
    given = settings.get("DATABASE_URL")
    empty = nullcontext(given) if given else database(directory)
    with empty as url, ExitStack() as stack:
        shared = {"UPLOAD_DIR": str(directory / "uploads"), "PROCESSES": str(count)}
        settings = production(url, mode) | shared | settings
        processes = [gunicorn(directory, settings) for _ in range(count)]
        first, *_ = processes
        if given:
            fill(first)
        else:
            fill_empty(first)
        for process in processes:
            stack.enter_context(running(process))
        root = first.login("root@example.org")
        for process in processes:
            process.root = root.at(process)
        yield processes
        for process in processes:
            process.begin_to_stop()  # all of them, before the first is waited for


def fill(process: Process) -> None:
    """Make the tables, and the first admin, as an operator does."""
    process.flask("db", "upgrade")
    admin = ("--name", "Root", "--email", "root@example.org")
    process.flask("create-admin", *admin, "--password-stdin", typed=PASSWORD)


# By the database server, and the cost of the admin's password.
_filled: dict[tuple[URL, str], database_copies.Contents] = {}


def fill_empty(process: Process) -> None:
    """Do so in an empty database; the next ones of its kind get copies."""
    url = make_url(process.environ["DATABASE_URL"])
    kind = (url.set(database=None), process.environ["BCRYPT_ROUNDS"])
    if kind in _filled:
        database_copies.write(url, _filled[kind])
        return
    fill(process)
    _filled[kind] = database_copies.read(url)


def gunicorn(directory: Path, settings: dict[str, str]) -> Process:
    """Return a process that is not started yet, on a port of its own."""
    port = free_port()
    own = directory / str(port)
    own.mkdir()
    command = [*PYTHON, *GUNICORN, "-b", f"127.0.0.1:{port}"]
    return Process(command, settings, own, port)


@contextmanager
def running(process: Process) -> Iterator[None]:
    """Start a process; stop it after the block, unless it is stopped by then."""
    process.start()
    try:
        yield
    finally:
        process.stop()


@contextmanager
def fronted(directory: Path, *upstream: int, sticky: bool = True) -> Iterator[Process]:
    """Run nginx, configured as deployed, in front of servers on some ports.

    :param sticky: False spreads callers who share an address, as those of tests do.
    """
    port = free_port()
    deployed = (ROOT / "deploy" / "nginx.conf").read_text()
    deployed = deployed.replace("listen 80;", f"listen 127.0.0.1:{port};")
    one = "server 127.0.0.1:8000 max_fails=0;"
    assert one in deployed
    servers = [one.replace("8000", str(number)) for number in upstream]
    deployed = deployed.replace(one, "\n".join(servers))
    if not sticky:
        deployed = deployed.replace("ip_hash;", "")
    front = nginx(directory, port, deployed)
    with running(front):
        yield front


def nginx(directory: Path, port: int, deployed: str) -> Process:
    """Return an nginx that is not started yet, with what it needs in a directory.

    :param deployed: the configuration, which includes ``deploy/nginx-server.conf``.
    """
    command = shutil.which("nginx", path=f"/usr/sbin:{os.environ['PATH']}")
    if not command:
        lacking("nginx is not installed")
    included = ROOT / "deploy" / "nginx-server.conf"
    shutil.copy(included, directory / "ticketing-server.conf")
    file = directory / "nginx.conf"
    file.write_text(nginx_configuration(directory, deployed))
    return Process([command, "-c", str(file), "-e", "stderr"], {}, directory, port)


def nginx_configuration(directory: Path, deployed: str) -> str:
    """Return a configuration in a whole one with its own paths."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "\n".join(f"{kind}_temp_path {directory / kind};" for kind in kinds)
    return f"""
        user {getpass.getuser()};
        daemon off;
        pid {directory / "pid"};
        events {{}}
        http {{ access_log {directory / "access.log"}; {paths} {deployed} }}
    """


def register(served: Process, name: str, role: str = "customer") -> Caller:
    """Register a user with a running process; return them, logged in."""
    body = {
        "name": name,
        "email": f"{name.lower()}.{secrets.token_hex(8)}@example.org",
        "password": PASSWORD,
        "password_confirmation": PASSWORD,
        "role": role,
    }
    return served.root.logged_in("/register", body)


def open_ticket(served: Process, customer: Caller, **fields: Any) -> dict:
    """Open a ticket of a user with a running process."""
    category = {"name": f"Printers {secrets.token_hex(8)}"}
    body = {
        "category_id": served.root.post("/categories", category)["id"],
        "subject": "Printer on fire",
        "description": "It burns.",
        "priority": "high",
    }
    return customer.post("/tickets", body | fields)


def require_node() -> None:
    """Skip the test unless node and the official Socket.IO client are installed."""
    if not shutil.which("node"):
        lacking("node is not installed")
    if not (JAVASCRIPT / "node_modules" / "socket.io-client").is_dir():
        lacking("socket.io-client is not installed: npm ci --prefix tests/js")


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 2 * PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def require_chromium(name: str) -> str:
    """Return the path of Chromium; skip the test unless it and playwright are there.

    :param name: ``chromium-headless-shell``, or ``chromium``, which draws PDFs, but
        takes twice the processor's time.
    """
    if not find_spec("playwright"):
        lacking("playwright is not installed: pip install -r tests/requirements.txt")
    found = shutil.which(name) or shutil.which("chromium")
    return found or lacking(f"{name} is not installed")
