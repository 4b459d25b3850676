"""Start the sides of a comparison, each in a process of its own, and fill databases.

Each process ends with the ``with`` block that started it.
"""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import jwt
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

import config
from benchmarks.fill import Size, fill, is_filled

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "benchmarks"
PYTHON = [sys.executable, "-W", "ignore"]  # eventlet deprecates itself
TIMEOUT_S = 30  # of a start or an end
DEFAULT_URL = "mysql+pymysql://root@127.0.0.1/ticketing?charset=utf8mb4"
REDIS_URL = "redis://127.0.0.1:6379/0"

ADD_TOKEN = """
INSERT INTO tokens (jti, user_id, created_at, expires_at)
VALUES (:jti, :user_id, UTC_TIMESTAMP(), UTC_TIMESTAMP() + INTERVAL 1 DAY)
"""


class CannotMeasureError(Exception):
    """A row cannot be measured; the message says why."""


def require(command: str) -> str:
    """Return the path of a command.

    :raises CannotMeasureError: it is not installed.
    """
    found = shutil.which(command)
    if not found:
        raise CannotMeasureError(f"{command} is not installed.")
    return found


def require_packages() -> None:
    """Require Node and the packages that the benchmarks need.

    :raises CannotMeasureError: one is not installed.
    """
    require("node")
    if not (HERE / "node_modules" / "socket.io").is_dir():
        raise CannotMeasureError("socket.io is missing: npm ci --prefix benchmarks")


class Process:
    """A server in a process group of its own, on a port of its own.

    :param command: starts it; ``{port}`` stands for the port.
    :param waits_for: a path that is answered once it serves.
    """

    def __init__(
        self, command: list[str], environ: dict[str, str], log: Path, waits_for: str
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = environ
        self._command = [part.format(port=self.port) for part in command]
        self._log = log
        self._waits_for = self.url + waits_for

    def __enter__(self) -> "Process":
        """Start it, and wait until it answers.

        :raises CannotMeasureError: it ends, or does not answer in time.
        """
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env={**self.environ, "PORT": str(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C ends it through us, in order
            )
        try:
            self._await()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        """End it and all processes of its group."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(TIMEOUT_S)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def memory(self) -> int:
        """Return the resident memory of its workers in bytes."""
        pid = self._process.pid
        workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        statuses = [Path(f"/proc/{worker}/status").read_text() for worker in workers]
        sizes = re.findall(r"^VmRSS:\s+(\d+)", "\n".join(statuses), re.MULTILINE)
        return sum(int(kilobytes) * 1024 for kilobytes in sizes)

    def _await(self) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                output = self._log.read_text()[-2000:]
                raise CannotMeasureError(f"{self._command} did not start:\n{output}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with urlopen(self._waits_for, timeout=5):
                return True
        except (URLError, OSError):
            return False


class Stage:
    """The filled databases of a run, and the servers on them.

    :param directory: a temporary one, for logs and files.
    :param keeps: whether filled databases are kept for the next run.
    """

    def __init__(self, directory: Path, keeps: bool) -> None:
        self.directory = directory
        self._keeps = keeps
        self._databases = ExitStack()
        self._secret = secrets.token_hex(32)
        given = os.environ.get("DATABASE_URL", "")
        given = given if make_url(given or "sqlite://").host else DEFAULT_URL
        url = os.environ.get("BENCHMARK_DATABASE_URL", given)
        self._base = make_url(config.database_url(url))

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *error: object) -> None:
        """Drop the databases that are not kept."""
        self._databases.close()

    @cache
    def database(self, size: Size) -> "Database":
        """Return a filled database of a size, on the configured server."""
        name = f"{self._base.database}_benchmark_{size.tickets}_{size.messages}"
        name += "" if self._keeps else f"_{os.getpid()}"
        url = self._base.set(database=name).render_as_string(hide_password=False)
        self._run(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4")
        self._databases.callback(self._drop, name, url)
        if not is_filled(url):  # or only in part, or by other code
            self._run(f"DROP DATABASE `{name}`")
            self._run(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
            print(f"filling {size.tickets:,} tickets, {size.messages:,} messages…")
            fill(url, size)
        return Database(url, self._secret)

    def service(self, database: "Database", **settings: str) -> Process:
        """Return the service on a database, as it is deployed."""
        return self._gunicorn("wsgi:app", self.environ(database, **settings))

    def floor(self, database: "Database") -> Process:
        """Return the floor on a database, under the same gunicorn."""
        return self._gunicorn("benchmarks.floor:app", self.environ(database))

    def reference(self) -> Process:
        """Return Node's Socket.IO server."""
        require_packages()
        command = ["node", str(HERE / "reference.mjs"), "{port}"]
        return Process(command, dict(os.environ), self._log(), "/")

    def environ(self, database: "Database", **settings: str) -> dict[str, str]:
        """Return the settings of a deployment, with limits that no row exceeds."""
        return {
            **{name: os.environ[name] for name in ("PATH", "HOME")},
            **dict.fromkeys(config.defaults("production"), ""),
            "TICKETING_ENV": "production",
            "DATABASE_URL": database.url,
            "UPLOAD_DIR": str(self.directory / "uploads"),
            "SECRET_KEY": self._secret,
            "LOGIN_LIMIT": "1000000 per minute",
            "SOCKET_EVENT_LIMIT": "1000000 per second",
            **settings,
        }

    def _gunicorn(self, app: str, environ: dict[str, str]) -> Process:
        served = ["-c", "deploy/gunicorn.conf.py", "-b", "127.0.0.1:{port}", app]
        command = [*PYTHON, "-m", "gunicorn", *served]
        return Process(command, environ, self._log(), "/healthz")

    def _log(self) -> Path:
        return self.directory / f"{uuid.uuid4().hex}.log"

    def _drop(self, name: str, url: str) -> None:
        if not (self._keeps and is_filled(url)):
            self._run(f"DROP DATABASE `{name}`")

    def _run(self, statement: str) -> None:
        server = create_engine(self._base.set(database=""))
        try:
            with server.connect() as connection:
                connection.execute(text(statement))
        except OperationalError as error:
            raise CannotMeasureError(
                f"MariaDB does not answer: {error.orig}"
            ) from error
        server.dispose()


class Database:
    """A filled database, and tokens of its users."""

    def __init__(self, url: str, secret: str) -> None:
        self.url = url
        self._secret = secret

    def query(self, statement: str, **values: Any) -> list[Any]:
        """Return the rows of a statement, or the values of its only column."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = connection.execute(text(statement), values).all()
        engine.dispose()
        return [row[0] if len(row) == 1 else row for row in found]

    def tokens(self, user_ids: list[int]) -> list[str]:
        """Return a new token of each user."""
        claims = [self._claims(user_id) for user_id in user_ids]
        rows = [{"jti": claim["jti"], "user_id": int(claim["sub"])} for claim in claims]
        engine = create_engine(self.url)
        with engine.begin() as connection:
            connection.execute(text(ADD_TOKEN), rows)
        engine.dispose()
        return [jwt.encode(claim, self._secret, "HS256") for claim in claims]

    def _claims(self, user_id: int) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            "sub": str(user_id),
            "jti": str(uuid.uuid4()),
            "iat": now,
            "exp": now + timedelta(days=1),
            "type": "access",
        }


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
