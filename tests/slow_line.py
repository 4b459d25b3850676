"""A TCP proxy that acts as a line: slow, late, and down for a while."""

import socket
import time
from contextlib import suppress
from queue import Queue
from threading import Lock, Thread
from typing import Self

CHUNK_BYTES = 4096


class Line:
    """Relays connections to a local port while the ``with`` block lasts.

    :param bytes_per_s: in each direction.
    :param delay_s: how much later each byte arrives.
    """

    def __init__(self, port: int, *, bytes_per_s: float, delay_s: float) -> None:
        self._port = port
        self._bytes_per_s = bytes_per_s
        self._delay_s = delay_s
        self._is_down = False
        self._ends: list[socket.socket] = []
        self._lock = Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._accepting = Thread(target=self._accept)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)  # ends ``accept``
        self._accepting.join()
        self._server.close()
        self.go_down()

    def go_down(self) -> None:
        """Break all connections, and those that are made before it is up again."""
        with self._lock:
            self._is_down = True
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)  # ends ``recv``
                end.close()
            self._ends.clear()

    def come_up(self) -> None:
        """Relay the connections that are made from now on."""
        self._is_down = False

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                with self._lock:
                    self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        if self._is_down:
            client.close()
            return
        upstream = socket.create_connection(("127.0.0.1", self._port))
        self._ends += [client, upstream]
        self._relay(client, upstream)
        self._relay(upstream, client)

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        arrivals: Queue[tuple[float, bytes]] = Queue()
        Thread(target=self._read, args=(source, arrivals), daemon=True).start()
        Thread(target=_write, args=(sink, arrivals), daemon=True).start()

    def _read(self, source: socket.socket, arrivals: Queue) -> None:
        free_at = time.monotonic()  # when the line has carried all that was read
        with suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                free_at = max(free_at, time.monotonic()) + len(data) / self._bytes_per_s
                time.sleep(max(0.0, free_at - time.monotonic()))
                arrivals.put((free_at + self._delay_s, data))
        arrivals.put((free_at + self._delay_s, b""))


def _write(sink: socket.socket, arrivals: Queue) -> None:
    with suppress(OSError):
        while True:
            due, data = arrivals.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not data:
                sink.shutdown(socket.SHUT_WR)
                return
            sink.sendall(data)
