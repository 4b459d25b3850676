"""A look around, every second while there are sockets: who may no longer stay."""

from threading import Lock

from ticketing.core.extensions import socketio
from ticketing.realtime import connections

INTERVAL = 1.0  # seconds

_running = Lock()


def start() -> None:
    """Look around for as long as there are sockets, unless someone already does."""
    if _running.acquire(blocking=False):
        socketio.start_background_task(_sweep)


def _sweep() -> None:
    try:
        while connections.any_left():
            socketio.sleep(INTERVAL)
            connections.cut_expired()
    finally:
        _running.release()
    if connections.any_left():  # one came in when it was already ending
        start()
