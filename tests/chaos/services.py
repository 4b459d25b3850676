"""Run a Redis, a MariaDB or a MySQL of a test's own, to stop and start them."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from served import free_port, lacking, launch
from sqlalchemy import create_engine, make_url

PATIENCE = 60  # seconds


class Service:
    """A server that is ended by its process id and started again on the same port."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.port = free_port()
        self._process: subprocess.Popen | None = None

    def command(self) -> list[str]:
        """Return the command that starts it."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it, and wait until it answers."""
        log = self.directory / "log.txt"
        self._process = launch(self.command(), log, cwd=self.directory)
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            ended = self._process.poll() is not None or time.monotonic() > deadline
            assert not ended, log.read_text()
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether it accepts connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def freeze(self) -> None:
        """Suspend it: connections stay open, but nothing is answered."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume it after ``freeze``."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Kill it with SIGKILL, unless it has ended."""
        if self._process:
            self._process.kill()
            self._process.wait()


class Redis(Service):
    """A Redis without persistence."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.socket_url = f"unix://{directory / 'redis.sock'}"

    def command(self) -> list[str]:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        options += ["--unixsocket", str(self.directory / "redis.sock")]
        return [installed("redis-server"), *options]


class Database(Service):
    """A MariaDB or MySQL with a data directory of its own."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        where = f"root@127.0.0.1:{self.port}/ticketing"
        self.url = f"mysql+pymysql://{where}?charset=utf8mb4"
        self.options = [f"--datadir={self.directory / 'data'}"]
        if os.geteuid() == 0:
            self.options.append(f"--user={getpass.getuser()}")
        subprocess.run(self.installation(), check=True, capture_output=True)

    def installation(self) -> list[str]:
        """Return the command that fills the data directory; root has no password."""
        raise NotImplementedError

    def create(self) -> None:
        """Create the database."""
        engine = create_engine(make_url(self.url).set(database="mysql"))
        with engine.connect() as connection:
            create = "CREATE DATABASE ticketing CHARACTER SET utf8mb4"
            connection.exec_driver_sql(create)
        engine.dispose()

    def _command(self, program: str) -> list[str]:
        own = [f"--port={self.port}", "--bind-address=127.0.0.1"]
        own.append(f"--socket={self.directory / 'database.sock'}")
        return [installed(program), "--no-defaults", *self.options, *own]


class MariaDB(Database):
    """A MariaDB."""

    def installation(self) -> list[str]:
        install = [installed("mariadb-install-db"), "--no-defaults", *self.options]
        return [*install, "--auth-root-authentication-method=normal", "--skip-test-db"]

    def command(self) -> list[str]:
        return self._command("mariadbd")


class MySQL(Database):
    """A MySQL: the ``mysqld`` of ``tests/mysql-server``, first in ``PATH``."""

    def installation(self) -> list[str]:
        return [installed("mysqld"), *self.options, "--initialize-insecure"]

    def command(self) -> list[str]:
        program, _, *options = self._command("mysqld")  # which has --no-defaults
        return [program, *options]


def database_like(url: str | None, directory: Path) -> Database:
    """Return a server of the kind that a URL is of; MariaDB without one."""
    if url:
        engine = create_engine(url)
        with engine.connect() as connection:
            is_mysql = not getattr(connection.dialect, "is_mariadb", True)
        engine.dispose()
        if is_mysql:
            return MySQL(directory)
    return MariaDB(directory)


def installed(name: str) -> str:
    """Return the path of a command; skip the test if there is none."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    return found or lacking(f"{name} is not installed")
