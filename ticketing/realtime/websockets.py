"""Limit, ping and close the WebSockets of Engine.IO, below what they offer.

They are eventlet's or, under threads, simple-websocket's. Neither has a public method
for any of this. Private are the attributes of eventlet 0.41 in
``eventlet/websocket.py``, and of simple-websocket 1.1 in ``simple_websocket/ws.py``,
whose object Engine.IO keeps as ``ws``. ``tests/realtime/test_engineio_patches.py`` and
``tests/pusher`` show each fault over a real connection if a function has no effect.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

MAX_PACKET_BYTES = 256 * 1024
PACKET_OVERHEAD_BYTES = 200  # memory that a packet or a frame takes besides its data
PING_FRAME = b"\x89\x00"  # FIN, opcode 9, no data (RFC 6455, section 5.2)


def prepare(ws: Any) -> None:
    """Limit what a WebSocket receives, before anything is read or written.

    simple-websocket: Engine.IO sets no limit of a message.
    """
    ws.close = partial(_close_quietly, ws.close)
    if _is_simple_websocket(ws):
        ws.ws.max_message_size = MAX_PACKET_BYTES
        ws.ws._handle_events = partial(_handle_events, ws.ws, ws.ws._handle_events)
    else:
        ws._recv_frame = partial(_receive_frame, ws._recv_frame)


def shut_down(ws: Any) -> None:
    """Shut down the connection of a WebSocket, if any, which ends every wait for it."""
    connection = ws and (ws.ws.sock if _is_simple_websocket(ws) else ws.socket)
    if connection:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def send_ping(ws: Any) -> None:
    """Send a ping frame; any WebSocket client answers it by itself."""
    if _is_simple_websocket(ws):
        ws.ws.sock.sendall(PING_FRAME)
    else:
        ws._send(PING_FRAME)


def send_close(ws: Any, code: int, reason: str) -> None:
    """Send a closing frame with a status (RFC 6455, section 7.4)."""
    if _is_simple_websocket(ws):
        ws.ws.close(code, reason)
    else:
        ws._send_closing_frame(True, (code, reason))


def on_received(ws: Any, callback: Callable[[], None]) -> None:
    """Call a function whenever something is received: a pong, or part of a message.

    Neither library returns a pong from ``wait``.
    """
    if _is_simple_websocket(ws):
        ws.ws.ws.receive_data = partial(_then_call, ws.ws.ws.receive_data, callback)
    else:
        ws._recv_frame = partial(_then_call, ws._recv_frame, callback)


def unread_messages(ws: Any) -> int:
    """Return how many messages have been received, but not returned by ``wait``.

    simple-websocket: a thread of its own receives, without a bound.
    """
    return len(ws.ws.input_buffer) if _is_simple_websocket(ws) else 0


def _is_simple_websocket(ws: Any) -> bool:
    """Return whether it is simple-websocket's, not eventlet's."""
    return hasattr(ws, "ws")


def _close_quietly(close: Callable[[], None]) -> None:
    """Close a WebSocket whose connection may have failed.

    simple-websocket: raises, and ends the client's writer in a traceback.
    """
    with suppress(Exception):
        close()


def _handle_events(ws: Any, handle: Callable[[], bool]) -> bool:
    """Handle what was received; at the end of a connection, wake its reader.

    simple-websocket: at a message that is too large, it wakes the reader, sends why,
    and only then notes the end. The reader waits again meanwhile, for ever.

    :return: whether the connection goes on.
    """
    goes_on = False
    try:
        goes_on = handle()
    finally:
        if not goes_on:
            ws.connected = False
            ws.event.set()
    return goes_on


def _receive_frame(receive: Callable[..., Any], message: Any = None) -> Any:
    """Receive a frame of eventlet's; let others be served before it.

    eventlet: waits only while nothing has arrived, so a client that always has a next
    frame ready would keep the event loop to itself. It limits each frame, but not how
    many a message has.

    :param message: the earlier frames of a message that goes on.
    :raises ValueError: the message is too large.
    """
    time.sleep(0)
    known = len(message.data) if message else 0
    frame = receive(message)
    if frame is message or not message:  # else a control frame in between
        size = sum(len(data) + PACKET_OVERHEAD_BYTES for data in frame.data[known:])
        frame.size = getattr(frame, "size", 0) + size
        if frame.size > 2 * MAX_PACKET_BYTES:
            raise ValueError("the message is too large")
    return frame


def _then_call(
    receive: Callable[..., Any], callback: Callable[[], None], *args: Any, **named: Any
) -> Any:
    received = receive(*args, **named)
    callback()
    return received
