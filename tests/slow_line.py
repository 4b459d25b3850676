"""A TCP proxy that acts as a slow line: bytes arrive late, and few of them a second."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Queue
from threading import Thread

CHUNK_BYTES = 4096


@contextmanager
def slow_line(port: int, *, bytes_per_s: int, delay_s: float) -> Iterator[str]:
    """Relay connections to a local port while the block lasts; yield the URL to use.

    :param bytes_per_s: in each direction.
    :param delay_s: how much later each byte arrives.
    """
    ends: list[socket.socket] = []
    server = socket.create_server(("127.0.0.1", 0))
    accepting = Thread(target=_accept, args=(server, port, bytes_per_s, delay_s, ends))
    accepting.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)  # ends ``accept``
        accepting.join()
        for end in (server, *ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # ends ``recv``
            end.close()


def _accept(
    server: socket.socket,
    port: int,
    bytes_per_s: int,
    delay_s: float,
    ends: list[socket.socket],
) -> None:
    with suppress(OSError):
        while True:
            client, _ = server.accept()
            ends.append(client)
            upstream = socket.create_connection(("127.0.0.1", port))
            ends.append(upstream)
            for source, sink in ((client, upstream), (upstream, client)):
                arrivals: Queue[tuple[float, bytes]] = Queue()
                read = source, arrivals, bytes_per_s, delay_s
                Thread(target=_read, args=read, daemon=True).start()
                Thread(target=_write, args=(sink, arrivals), daemon=True).start()


def _read(
    source: socket.socket, arrivals: Queue, bytes_per_s: int, delay_s: float
) -> None:
    free_at = time.monotonic()  # when the line has carried all that was read
    with suppress(OSError):
        while data := source.recv(CHUNK_BYTES):
            free_at = max(free_at, time.monotonic()) + len(data) / bytes_per_s
            time.sleep(max(0.0, free_at - time.monotonic()))
            arrivals.put((free_at + delay_s, data))
    arrivals.put((free_at + delay_s, b""))


def _write(sink: socket.socket, arrivals: Queue) -> None:
    with suppress(OSError):
        while True:
            due, data = arrivals.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not data:
                sink.shutdown(socket.SHUT_WR)
                return
            sink.sendall(data)
