"""Fixtures of tests that call the service over the network, in real processes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import served
from served import Caller, JavaScriptClient, Process

import config


@pytest.fixture(scope="session")
def serve(tmp_path_factory) -> Callable:
    """Start the service, as ``demo`` or under ``eventlet`` or ``threading``."""

    @contextmanager
    def serve(how: str, **settings: str) -> Iterator[Process]:
        directory = tmp_path_factory.mktemp(how)
        if how == "demo":
            with served.serving_demo(directory) as process:
                yield process
        else:
            with served.deployment(directory, how, **settings) as [process]:
                yield process

    return serve


@pytest.fixture
def start(tmp_path):
    """Run a command in an environment of its own; return the completed process."""

    def start(command, **settings):
        environ = {
            **{n: os.environ[n] for n in served.INHERITED if n in os.environ},
            **dict.fromkeys(config.defaults("production"), ""),
            "DATABASE_URL": f"sqlite:///{tmp_path / 't.db'}",
            "UPLOAD_DIR": str(tmp_path / "uploads"),
            **settings,
        }
        return subprocess.run(
            [sys.executable, "-W", "ignore", *command],
            cwd=served.ROOT,
            env=environ,
            capture_output=True,
            text=True,
            timeout=served.PATIENCE,
        )

    return start


@pytest.fixture(scope="session")
def demo(serve) -> Iterator[Process]:
    """``python wsgi.py``."""
    with serve("demo") as process:
        yield process


@pytest.fixture(scope="session")
def deployed(serve) -> Iterator[Process]:
    """gunicorn on eventlet, in production."""
    with serve("eventlet") as process:
        yield process


@pytest.fixture(scope="session")
def deployed_on_threads(serve) -> Iterator[Process]:
    """gunicorn on threads, in production."""
    with serve("threading") as process:
        yield process


@pytest.fixture(scope="session")
def nginx(tmp_path_factory) -> Callable[[int], AbstractContextManager[Process]]:
    """Start nginx in front of a port."""
    return lambda port: served.fronted(tmp_path_factory.mktemp("nginx"), port)


@pytest.fixture(scope="session")
def behind_nginx(serve, nginx) -> Iterator[Process]:
    """gunicorn on eventlet, in production, called through nginx."""
    settings = {"TRUSTED_PROXIES": "1", "METRICS_TOKEN": served.WATCHER}
    with serve("eventlet", **settings) as process:
        with nginx(process.port) as front:
            front.root = process.root.at(front)
            yield front


@pytest.fixture(scope="session")
def behind_nginx_nobody(nginx) -> Iterator[Process]:
    """nginx in front of a port on which nothing listens."""
    with nginx(served.free_port()) as front:
        yield front


@pytest.fixture(scope="session")
def register() -> Callable[..., Caller]:
    """Register a user with a running process; return them, logged in."""
    return served.register


@pytest.fixture(scope="session")
def open_ticket() -> Callable[..., dict]:
    """Open a ticket of a user with a running process."""
    return served.open_ticket


@pytest.fixture(scope="session")
def node() -> None:
    """The command ``node``, with the official Socket.IO client installed."""
    served.require_node()


@pytest.fixture(scope="session")
def curl() -> str:
    """The command."""
    if not shutil.which("curl"):
        served.lacking("curl is not installed")
    return "curl"


@pytest.fixture
def connect(node) -> Iterator[Callable[..., JavaScriptClient]]:
    """Connect a JavaScript client of a user; it is admitted unless told otherwise."""
    clients = []

    def connect(
        who: Caller, transport: str = "websocket", admitted: bool = True
    ) -> JavaScriptClient:
        clients.append(JavaScriptClient(who.url, who.token, transport))
        if admitted:
            assert clients[-1].wait_for("connect") == [transport]
        return clients[-1]

    yield connect
    for client in clients:
        client.close()
