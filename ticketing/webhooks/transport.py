"""Send an HTTP request to an address that was checked, in a limited time.

The standard library's client looks a name up by itself, so that it could connect to
another address than the one that was checked, and its timeouts begin afresh with each
byte. So the connection is made here; ``http.client`` writes the request, and reads the
head of the answer. TLS is done in memory, because the sockets of an event loop do not
keep a deadline during a handshake.
"""

import io
import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from functools import cache
from http.client import HTTPConnection, HTTPResponse
from typing import Any, TypeVar

from ticketing.core.settings import setting
from ticketing.core.text import t
from ticketing.webhooks import names
from ticketing.webhooks.addresses import Address, Target, is_public, target_of

T = TypeVar("T")

TIMEOUT_S = 10.0  # for all of it: look-up, connection, request and head of the answer
CHUNK_SIZE = 16384
MAX_RECEIVED_BYTES = 128 * 1024  # certificates, and the head of the answer


class TooMuchReceivedError(OSError):
    """The other side sends more than an answer takes.

    Reading what never ends would keep an event loop from everything else.
    """


class RefusedTargetError(Exception):
    """Requests are not to be sent there; the message says why to people."""


def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Send a request; return the status of the answer, whose body is not read.

    Redirects are not followed, and no proxy is used.

    :raises RefusedTargetError: the URL is not allowed, or leads to such an address.
    :raises UrlError: it is no URL to send to.
    :raises OSError: the request could not be sent, or was not answered in time.
    :raises HTTPException: the answer is not HTTP.
    """
    deadline = time.monotonic() + TIMEOUT_S
    target = target_of(url)
    addresses = find(target)
    connection = _connect(target, addresses, deadline)
    try:
        client: Any = HTTPConnection(target.host, target.port)
        client.sock = connection
        host = {"Host": target.authority, "Connection": "close"}
        client.request("POST", target.path, body, {**host, **headers})
        return _status_of_answer(connection)
    finally:
        connection.close()


def find(target: Target) -> list[Address]:
    """Return the addresses of a host, if this deployment may send there.

    :raises RefusedTargetError: it may not send there, or one of them is not public.
    :raises OSError: it cannot be looked up, or not in time.
    """
    admits_private = setting("WEBHOOK_PRIVATE") == "allowed"
    in_production = setting("TICKETING_ENV") == "production"
    if in_production and not admits_private and not target.is_secure:
        raise RefusedTargetError(t("Must be an https URL."))
    addresses = names.look_up(target.host, TIMEOUT_S)
    if not admits_private and not all(map(is_public, addresses)):
        raise RefusedTargetError(t("Its host must have public addresses only."))
    return addresses


class _Connection:
    """A TCP connection; whatever it does ends by its deadline."""

    def __init__(self, tcp: socket.socket, deadline: float) -> None:
        self._tcp, self._deadline = tcp, deadline
        self._received = 0

    def recv(self, size: int) -> bytes:
        """Return some bytes; none at the end.

        :raises TooMuchReceivedError: there are more than ``MAX_RECEIVED_BYTES``.
        """
        self._tcp.settimeout(_remaining(self._deadline))
        data = self._tcp.recv(size)
        self._received += len(data)
        if self._received > MAX_RECEIVED_BYTES:
            raise TooMuchReceivedError
        return data

    def sendall(self, data: bytes) -> None:
        """Send bytes."""
        unsent = memoryview(data)
        while unsent:
            self._tcp.settimeout(_remaining(self._deadline))
            unsent = unsent[self._tcp.send(unsent) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a file to read from, as ``http.client`` wants one."""
        return io.BufferedReader(_Reader(self.recv))

    def close(self) -> None:
        """Close it; what the other side still sends is lost."""
        self._tcp.close()


class _TlsConnection(_Connection):
    """TLS over a TCP connection.

    :param host: whose certificate the other side must have.
    """

    def __init__(self, tcp: socket.socket, deadline: float, host: str) -> None:
        super().__init__(tcp, deadline)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = _tls_context().wrap_bio(
            self._incoming, self._outgoing, server_hostname=host
        )
        self._exchange(self._tls.do_handshake)

    def recv(self, size: int) -> bytes:
        """Return some bytes; none at the end."""
        try:
            return self._exchange(self._tls.read, size)
        except ssl.SSLZeroReturnError:
            return b""

    def sendall(self, data: bytes) -> None:
        """Send bytes."""
        self._exchange(self._tls.write, data)

    def _exchange(self, step: Callable[..., T], *args: Any) -> T:
        """Do a step of TLS, and send and receive whatever it takes."""
        while True:
            try:
                result = step(*args)
            except ssl.SSLWantReadError:
                super().sendall(self._outgoing.read())
                if received := super().recv(CHUNK_SIZE):
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            else:
                super().sendall(self._outgoing.read())
                return result


class _Reader(io.RawIOBase):
    """A file whose bytes a function receives."""

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes; return how many."""
        received = self._receive(len(buffer))
        buffer[: len(received)] = received
        return len(received)


def _status_of_answer(connection: Any) -> int:
    """Read heads up to that of the answer; those before it (1xx) announce it."""
    response: Any = HTTPResponse(connection, method="POST")
    response.begin()
    while response.status < 200:
        response.headers = None  # else nothing is read (Python 3.11, http/client.py)
        response.begin()
    return response.status


def _connect(
    target: Target, addresses: Collection[Address], deadline: float
) -> _Connection:
    """Connect to the first address that answers; each has as long as the others."""
    failure = OSError("no address")
    for number, address in enumerate(addresses):
        share = _remaining(deadline) / (len(addresses) - number)
        try:
            tcp = _connect_to(address, target.port, share)
        except OSError as error:
            failure = error
        else:
            return _secured(target, tcp, deadline)
    raise failure


def _connect_to(address: Address, port: int, timeout_s: float) -> socket.socket:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    tcp = socket.socket(family, socket.SOCK_STREAM)
    try:
        tcp.settimeout(timeout_s)
        tcp.connect((str(address), port))
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        tcp.close()
        raise
    return tcp


def _secured(target: Target, tcp: socket.socket, deadline: float) -> _Connection:
    try:
        if target.is_secure:
            return _TlsConnection(tcp, deadline, target.host)
        return _Connection(tcp, deadline)
    except BaseException:
        tcp.close()
        raise


def _remaining(deadline: float) -> float:
    """Return the seconds until a deadline.

    :raises TimeoutError: there are none.
    """
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining


@cache
def _tls_context() -> ssl.SSLContext:
    """Return the context, which reads the system's certificates: 20 ms of work."""
    return ssl.create_default_context()
