"""Many log in at once, or nobody ever stops trying: the others are served meanwhile."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Event, Thread

import pytest
import requests
from security.conftest import Watch

pytestmark = pytest.mark.slow

UNKNOWN = {"email": "nobody@example.org", "password": "wrong horse battery"}


def log_in(process, number=0):
    """Try to log in, as one of many that are unknown."""
    body = {**UNKNOWN, "email": f"nobody{number}@example.org"}
    return requests.post(f"{process.url}/api/login", json=body, timeout=60)


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_a_hundred_logins_at_once_keep_nobody_waiting(deploy, mode):
    with deploy(mode) as [process], ThreadPoolExecutor(100) as pool:
        with Watch(process) as watch:
            answers = list(pool.map(lambda n: log_in(process, n), range(100)))

    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {401, 503}
    assert statuses.count(401) >= 50
    assert all("Retry-After" in a.headers for a in answers if a.status_code == 503)
    assert len(watch.waited) > 20
    assert max(watch.waited) < 1


class Flood:
    """Sends the same request on many connections, as fast as it is answered."""

    def __init__(self, process, body: bytes, connections: int = 50) -> None:
        self.answered: list[int] = []
        self._port, self._body = process.port, body
        self._over = Event()
        self._threads = [Thread(target=self._send) for _ in range(connections)]

    def __enter__(self) -> "Flood":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._over.is_set():
            connection.request(
                "POST", "/api/login", self._body, {"Content-Type": "application/json"}
            )
            with connection.getresponse() as response:
                self.answered.append(response.status)
                response.read()
        connection.close()


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (json.dumps(UNKNOWN).encode(), {401, 429}),
        (b"{", {400, 429}),
    ],
)
def test_bad_logins_without_end_keep_nobody_waiting(deploy, body, statuses):
    limit = {"LOGIN_LIMIT": "10 per minute", "ACCOUNT_LIMIT": "20 per minute"}
    with deploy(**limit) as [process]:
        with Watch(process) as watch, Flood(process, body) as flood:
            time.sleep(10)

    assert set(flood.answered) == statuses
    assert len(flood.answered) > 1000
    assert len(watch.waited) > 20
    assert max(watch.waited) < 1


@pytest.mark.parametrize("way", ["freeze", "stop"])
def test_without_redis_logins_are_counted_all_the_same(deploy, redis, way):
    settings = {"LOGIN_LIMIT": "40 per hour", "BCRYPT_ROUNDS": "4"}
    with deploy(REDIS_URL=redis.url, **settings) as [process]:
        assert log_in(process).status_code == 401

        getattr(redis, way)()
        begun = time.monotonic()
        with Watch(process) as watch, ThreadPoolExecutor(8) as pool:
            first = list(pool.map(lambda n: log_in(process, n), range(8)))
        took = time.monotonic() - begun
        then = [log_in(process, n).status_code for n in range(41)]

    assert {answer.status_code for answer in first} == {401}
    assert took < 3
    assert max(watch.waited) < 1
    assert 429 in then and set(then) == {401, 429}
