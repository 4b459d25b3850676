"""Look hosts up, in a limited time.

A look-up cannot be interrupted: one that takes longer is left to its thread, which ends
when the system gives it up. Of a host there is one at a time, so that a host whose name
server does not answer keeps one thread, however often it is tried.
"""

import socket
from concurrent.futures import Future
from ipaddress import ip_address
from threading import Lock, Thread

from ticketing.webhooks.addresses import Address

# Under eventlet, each keeps one of 20 threads, which hash passwords, too.
MAX_RUNNING = 12
MAX_WITH_MAIL_SERVER = MAX_RUNNING + 1  # so that mails do not wait for webhooks

Answer = Future[list[Address]]

_running: dict[str, Answer] = {}
_lock = Lock()


class TooManyLookUpsError(OSError):
    """As many hosts as may be are being looked up."""


def look_up(
    host: str, timeout_s: float, max_running: int = MAX_RUNNING
) -> list[Address]:
    """Return the addresses of a host.

    :param max_running: how many look-ups there may be, with this one.
    :raises TimeoutError: it took too long.
    :raises TooManyLookUpsError: too many others take long.
    :raises OSError: it has none, or the name server cannot be reached.
    """
    with _lock:
        answer = _running.get(host) or _begin(host, max_running)
    return answer.result(timeout_s)


def _begin(host: str, max_running: int) -> Answer:
    if len(_running) >= max_running:
        raise TooManyLookUpsError
    answer: Answer = Future()
    Thread(target=_run, args=(host, answer), daemon=True).start()
    _running[host] = answer
    return answer


def _run(host: str, answer: Answer) -> None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        texts = dict.fromkeys(str(place[0]).partition("%")[0] for *_, place in found)
        addresses = [*map(ip_address, texts)]
    except Exception as error:
        _forget(host)
        answer.set_exception(error)
    else:
        _forget(host)
        answer.set_result(addresses)


def _forget(host: str) -> None:
    """Let the next one who asks look the host up again."""
    with _lock:
        del _running[host]
