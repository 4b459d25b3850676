"""Generate load: by wrk for requests, by Node's client for sockets."""

import json
import subprocess
import time
import uuid
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from benchmarks.sides import HERE, CannotMeasureError, require, require_packages

CONNECTIONS = 16
TIMEOUT_S = 30  # of a request; of a load, beyond its own duration


class Requests:
    """Requests of one method, by one user, for some paths in turn."""

    def __init__(self, method: str, token: str, *paths: str) -> None:
        self.method = method
        self.token = token
        self.paths = paths

    def start(self, url: str, seconds: int, connections: int) -> "Wrk":
        """Start to send them to a server."""
        arguments = [
            *(require("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s"),
            *("--timeout", "30s", "-s", str(HERE / "load.lua"), url, "--"),
            *(self.method, self.token, uuid.uuid4().hex, *self.paths),
        ]
        return Wrk(subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True))

    def load(
        self, url: str, seconds: int, connections: int = CONNECTIONS
    ) -> dict[str, float]:
        """Load a server; return ``rate`` (a second), ``p50`` and ``p99`` (ms).

        :raises CannotMeasureError: a request failed.
        """
        return self.start(url, seconds, connections).result(seconds)

    def once(self, url: str) -> bytes:
        """Send the first of them; return the body of the answer."""
        headers = {"Authorization": f"Bearer {self.token}"}
        message = {"message": "Hello.", "client_id": uuid.uuid4().hex}
        body = json.dumps(message) if self.method == "POST" else None
        if body:
            headers["Content-Type"] = "application/json"
        connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
        try:
            connection.request(self.method, self.paths[0], body, headers)
            response = connection.getresponse()
            found = response.read()
        finally:
            connection.close()
        if response.status >= 300:
            raise CannotMeasureError(f"{self.paths[0]}: {found.decode()}")
        return found


class Wrk:
    """A running ``wrk``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def result(self, seconds: int) -> dict[str, float]:
        """Wait for its end; return ``rate``, ``p50`` and ``p99``.

        :raises CannotMeasureError: a request failed.
        """
        try:
            printed, _ = self._process.communicate(timeout=seconds + TIMEOUT_S)
        finally:
            self._process.kill()
        found = json.loads(printed.splitlines()[-1])
        if found["errors"] or not found["rate"]:
            raise CannotMeasureError(f"requests failed under load: {printed}")
        return found


def paced(
    url: str, token: str, path: str, seconds: float, rate: float = 0
) -> list[float]:
    """Send requests one after another on one connection; return their times in ms.

    :param rate: requests a second; 0 for no pause between them.
    :raises CannotMeasureError: one failed.
    """
    connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
    taken: list[float] = []
    begun = time.perf_counter()
    while not taken or time.perf_counter() < begun + seconds:
        if rate:
            time.sleep(max(0, begun + len(taken) / rate - time.perf_counter()))
        asked = time.perf_counter()
        _ask(connection, token, path)
        taken.append((time.perf_counter() - asked) * 1000)
    connection.close()
    return taken


def _ask(connection: HTTPConnection, token: str, path: str) -> None:
    """Send a request; one that times out counts with the time it has taken."""
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        body = response.read()
    except TimeoutError:
        connection.close()  # it is opened again for the next
        return
    if response.status != 200:
        raise CannotMeasureError(f"{path}: {body.decode()}")


class Sockets:
    """Sockets in a process of Node's (``sockets.mjs``)."""

    def __init__(self, url: str) -> None:
        require_packages()
        self._process = subprocess.Popen(
            ["node", str(HERE / "sockets.mjs"), url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> "Sockets":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()

    def join(self, who: Sequence[tuple[str, int]]) -> None:
        """Connect a socket for each token, and join the ticket beside it."""
        self._order(join=who)

    def fan(self, seconds: int) -> float:
        """Return the deliveries a second of messages to everyone in a room."""
        return self._order(fan=seconds)["rate"]

    def pace(self, seconds: int, rate: int) -> dict[str, float]:
        """Return ``p50`` and ``p99`` in ms, from a send to each socket that gets it."""
        return self._order(pace=seconds, rate=rate)

    def _order(self, **order: Any) -> dict[str, float]:
        assert self._process.stdin and self._process.stdout
        print(json.dumps(order), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        found: dict[str, float] = json.loads(line or '{"failed": -1}')
        if found["failed"]:
            raise CannotMeasureError(f"sockets failed at {[*order]}")
        return found
