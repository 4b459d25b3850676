"""Clients that speak the Pusher protocol, on ``/app/<PUSHER_KEY>``.

Such a client is one of Engine.IO: what it sends is translated to Socket.IO packets,
which are handled like any other client's, and what is emitted to its rooms to Pusher's
messages. So it has the rights, the limits and the back-pressure of the other sockets.
"""

import time
from collections.abc import Iterable
from functools import partial
from secrets import randbelow
from threading import Lock
from typing import Any

from engineio.packet import CLOSE, MESSAGE, OPEN, PING, Packet
from flask import Flask
from socketio.packet import ACK, CONNECT, CONNECT_ERROR, DISCONNECT, EVENT

from ticketing.core.auth import network_of
from ticketing.core.errors import (
    ForbiddenError,
    TicketingError,
    TooManyRequestsError,
)
from ticketing.core.text import Language, t, translated
from ticketing.pusher import protocol
from ticketing.pusher.protocol import Channel, find_channel
from ticketing.realtime import limits, websockets
from ticketing.realtime.engineio_patches import NEW_SOCKET, LimitedSocket
from ticketing.realtime.rooms import sids_in
from ticketing.realtime.socketio_patches import LimitedPacket, emission
from ticketing.web import json
from ticketing.web.languages import language_of
from ticketing.web.middleware import WSGI, Environ

PREFIX = "/app/"
UNUSED_TIMEOUT_S = 60.0  # without a subscription
MAX_UNUSED_SOCKETS = 20  # connections without a subscription, from one address
MAX_UNREAD = 1000  # messages that wait while others are handled
JOIN_RETRY_INTERVAL_S = 0.2  # beyond the user's limit of events
# Codes; after any other error, the client is to connect again and retry.
PERMANENT = {"unauthenticated", "forbidden", "not_found", "invalid", "bad_request"}


class Endpoint:
    """WSGI middleware that serves ``/app/<key>`` as connections of Engine.IO."""

    def __init__(self, app: Flask, wsgi: WSGI) -> None:
        self._app, self._wsgi = app, wsgi

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        path, upgrade = environ["PATH_INFO"], environ.get("HTTP_UPGRADE", "")
        if path.startswith(PREFIX) and upgrade.lower() == "websocket":
            environ[NEW_SOCKET] = partial(
                PusherSocket, app=self._app, key=path[len(PREFIX) :], handshake=environ
            )
            environ["PATH_INFO"] = "/socket.io/"
            environ["QUERY_STRING"] = "EIO=4&transport=websocket"
        return self._wsgi(environ, start_response)


class PusherMessage(Packet):
    """A message that is sent as it is, without Engine.IO's type before it."""

    def __init__(self, text: str) -> None:
        super().__init__(MESSAGE, text)

    def encode(self, b64: bool = False) -> str:
        """Return the message."""
        return self.data


class PusherSocket(LimitedSocket):
    """A client that speaks the Pusher protocol.

    :param key: the last part of the path that it has connected to.
    :param handshake: the environ of the request that it was opened by.
    """

    def __init__(
        self, server: Any, sid: str, *, app: Flask, key: str, handshake: Environ
    ) -> None:
        super().__init__(server, sid)
        self._app, self._key, self._handshake = app, key, handshake
        self._network = network_of(handshake.get("REMOTE_ADDR", ""))
        self._socket_id = f"{randbelow(10**9)}.{randbelow(10**9)}"
        self._channels: set[str] = set()
        self._user_id: int | None = None
        self._unused_since = time.monotonic()
        self._answer: LimitedPacket | None = None  # to the packet that is being handled
        self._close_status = (protocol.UNAUTHORIZED, "The connection was ended.")
        self._is_refused = False
        self._pong_lock = Lock()

    # Engine.IO

    def opened(self, ws: Any) -> None:
        """Write and read messages of Pusher; take any bytes for a pong.

        The clients for Java and Swift answer no ``pusher:ping``, but all answer a ping
        of the WebSocket.
        """
        ws.send = partial(self._write, ws, ws.send)
        ws.wait = partial(_read, ws.wait)
        websockets.on_received(ws, self._received)
        if self._is_refused:
            self.close()

    def send(self, pkt: Packet) -> None:
        """Send a packet of Socket.IO or Engine.IO, translated."""
        if pkt.packet_type == OPEN:
            self._open()
        elif pkt.packet_type != MESSAGE:
            super().send(pkt)
        elif pkt.data.startswith(str(EVENT)):
            self._send_emitted(pkt)
        elif pkt.data.startswith(str(DISCONNECT)):
            ended = t("The token or its rights have ended.")
            self._send_close_reason(protocol.UNAUTHORIZED, ended)
            super().send(Packet(CLOSE))
        else:
            self._answer = LimitedPacket(encoded_packet=pkt.data)

    def receive(self, pkt: Packet) -> None:
        """Handle a message."""
        if self.closing:
            return
        try:
            event, channel, data = protocol.read(pkt.data)
        except ValueError:
            malformed = t("That is no message of the protocol.")
            self._close_with(protocol.MALFORMED, malformed)
            return
        try:
            self._handle_message(event, channel, data)
        except TooManyRequestsError as error:
            self._send_error(error.message, protocol.TOO_MANY_EVENTS)
        except TicketingError as error:
            if not self._closes_flood():
                self._send_error(error.message)

    def close(self, *args: Any, **options: Any) -> None:
        """Close the connection; nothing is kept of it."""
        super().close(*args, **options)
        limits.forget(self._app.config["SOCKET_EVENT_LIMIT"], self.sid)

    def close_if_unused(self) -> None:
        """Close a connection that has subscribed nothing for ``UNUSED_TIMEOUT_S``."""
        unused = time.monotonic() - self._unused_since
        if not self._channels and unused >= UNUSED_TIMEOUT_S:
            self._close_with(protocol.INACTIVE, t("Nothing is subscribed."))

    def _open(self) -> None:
        refusal = self._refusal()
        if refusal:
            self._is_refused = True
            self._send_close_reason(*refusal)
            return
        timeout = protocol.ACTIVITY_TIMEOUT_S
        established = {"socket_id": self._socket_id, "activity_timeout": timeout}
        self._send_message("pusher:connection_established", established)

    def _refusal(self) -> tuple[int, str] | None:
        if self._key != self._app.config["PUSHER_KEY"]:
            return protocol.UNKNOWN_KEY, t("There is no application with this key.")
        if self._count_unused() > MAX_UNUSED_SOCKETS:
            return protocol.OVER_CAPACITY, t(
                "At most {count} connections without a subscription.",
                count=MAX_UNUSED_SOCKETS,
            )
        return None

    def _count_unused(self) -> int:
        """Count the connections without a subscription from this address."""
        clients = list(self.server.sockets.values())
        open_ones = [c for c in clients if isinstance(c, PusherSocket) and not c.closed]
        return sum(c._network == self._network and not c._channels for c in open_ones)

    def _write(self, ws: Any, send: Any, message: Any, **options: Any) -> None:
        """Write a message; Engine.IO's ping and close are frames of their own."""
        if message == str(PING):
            websockets.send_ping(ws)
        elif message == str(CLOSE):
            websockets.send_close(ws, *self._close_status)
        else:
            send(message, **options)

    def _received(self) -> None:
        self.last_received = time.monotonic()
        if websockets.unread_messages(self._ws) > MAX_UNREAD:
            self.drop(f"{MAX_UNREAD} messages of it wait")
        with self._pong_lock:  # or two threads would begin to ping
            self.schedule_ping()

    # Messages to the client

    def _send_message(self, event: str, data: Any, channel: str | None = None) -> None:
        super().send(PusherMessage(protocol.write(event, data, channel)))

    def _send_error(self, message: str, code: int | None = None) -> None:
        data = {"code": code, "message": message}
        self._send_message("pusher:error", translated(data, self._language()))

    def _language(self) -> Language:
        environ = self.server.socketio.environ.get(self.sid, self._handshake)
        return language_of(environ)

    def _send_close_reason(self, code: int, reason: str) -> None:
        """Send why the connection is about to be closed."""
        self._close_status = (code, reason)
        self._send_error(reason, code)

    def _close_with(self, code: int, reason: str) -> None:
        """Send why, and close the connection.

        :param code: tells the client whether, and how soon, to connect again.
        """
        if not self.closing:
            self._send_close_reason(code, reason)
            self.close()

    def _send_emitted(self, pkt: Packet) -> None:
        """Send an event to the subscribed channels, written once for all clients."""
        if not hasattr(pkt, "by_channel"):
            written = protocol.write_emitted(*emission.get())
            pkt.by_channel = {
                name: PusherMessage(text) for name, text in written.items()
            }
        for name, message in pkt.by_channel.items():
            if name in self._channels:
                super().send(message)

    # What the client sends

    def _handle_message(self, event: str, channel: Any, data: Any) -> None:
        given = data if isinstance(data, dict) else {}
        if event == "pusher:subscribe":
            self._subscribe(given.get("channel"), given.get("auth"))
        elif event == "pusher:unsubscribe":
            self._unsubscribe(given.get("channel"))
        elif event in protocol.WHISPERS.values():
            self._whisper(channel, given.get("typing", True))
        elif self._closes_flood():
            pass
        elif event == "pusher:ping":
            self._send_message("pusher:pong", {})
        elif event != "pusher:pong":
            self._send_error(t("Of clients' events only client-typing is taken."))

    def _closes_flood(self) -> bool:
        """Count a message that no limit of the user's counts; close if too many."""
        if limits.is_within(self._app.config["SOCKET_EVENT_LIMIT"], self.sid):
            return False
        self._close_with(protocol.OVER_CAPACITY, t("Too many messages; slow down."))
        return True

    def _subscribe(self, name: Any, auth: Any) -> None:
        try:
            channel = find_channel(name)
            self._enter(channel, auth)
        except ForbiddenError as error:
            if self._closes_flood():
                return
            refusal = {"type": "AuthError", "error": error.message, "status": 403}
            refusal = translated(refusal, self._language())
            channel_name = name if isinstance(name, str) else None
            self._send_message("pusher:subscription_error", refusal, channel_name)
        else:
            succeeded = "pusher_internal:subscription_succeeded"
            self._send_message(succeeded, {}, channel.name)

    def _enter(self, channel: Channel, auth: Any) -> None:
        """Enter the room of a channel that was granted to the client.

        :raises ForbiddenError: it is not for this connection.
        """
        if channel.name in self._channels:
            raise ForbiddenError(t("The channel is subscribed already."))
        with self._app.app_context():
            granted = protocol.verify(auth, self._socket_id, channel.name)
        self._admit(granted)
        self._channels.add(channel.name)  # before it is joined, or events would be lost
        try:
            self._join(channel)
        except ForbiddenError:
            self._leave(channel)
            raise

    def _admit(self, granted: protocol.Grant) -> None:
        """Enter the namespace with the first subscription, as the user of its token.

        :raises ForbiddenError: the token is not valid, or is another user's.
        """
        if self._user_id is None:
            self._handle_packet(CONNECT, {"token": granted.token})
            self._user_id = granted.user_id
        elif self._user_id != granted.user_id:
            raise ForbiddenError(t("The channels of a connection are one user's."))

    def _join(self, channel: Channel) -> None:
        """Join the ticket of a channel, if it has one.

        :raises ForbiddenError: the room of the channel is not for this user.
        """
        if channel.ticket_id is not None:
            self._emit_within_limit("join", {"ticket_id": channel.ticket_id})
        sid = self.server.socketio.manager.sid_from_eio_sid(self.sid, "/")
        if not self.closing and sid not in sids_in(channel.room):
            raise ForbiddenError

    def _unsubscribe(self, name: Any) -> None:
        if isinstance(name, str) and name in self._channels:
            self._unused_since = time.monotonic()
            self._leave(find_channel(name))
        else:
            self._closes_flood()

    def _leave(self, channel: Channel) -> None:
        self._channels.discard(channel.name)
        ticket_ids = {find_channel(name).ticket_id for name in self._channels}
        if channel.ticket_id is not None and channel.ticket_id not in ticket_ids:
            self._emit_within_limit("leave", {"ticket_id": channel.ticket_id})

    def _whisper(self, name: Any, typing: Any) -> None:
        channel = find_channel(name)
        if channel.name not in self._channels:
            raise ForbiddenError(t("The channel is not subscribed."))
        if channel.ticket_id is None or channel.is_staff:
            raise ForbiddenError(t("Only a ticket's own channel takes whispers."))
        typed = {"ticket_id": channel.ticket_id, "typing": typing}
        self._handle_packet(EVENT, ["typing", typed])

    # As a client of Socket.IO

    def _emit_within_limit(self, event: str, data: dict[str, Any]) -> None:
        """Handle an event as soon as the user's limit of events allows it.

        :raises ForbiddenError: it is refused.
        """
        while True:
            try:
                self._handle_packet(EVENT, [event, data])
                return
            except TooManyRequestsError:
                self.server.sleep(JOIN_RETRY_INTERVAL_S)
                self._received()  # nothing is read meanwhile, pongs neither

    def _handle_packet(self, kind: int, data: Any) -> None:
        """Handle a packet of Socket.IO as if the client had sent it.

        :raises ForbiddenError: it is refused.
        :raises TooManyRequestsError: it is an event beyond the user's limit.
        """
        number = "" if kind == CONNECT else "0"
        self._answer = None
        super().receive(Packet(MESSAGE, f"{kind}{number}{json.dumps(data)}"))
        error = _error_in(self._answer)
        if kind == EVENT and error.get("code") == TooManyRequestsError.code:
            raise TooManyRequestsError(error["message"])
        if error:
            if error["code"] not in PERMANENT:
                self._close_with(protocol.OVER_CAPACITY, error["message"])
            raise ForbiddenError(protocol.error_text(error))


def _error_in(answer: LimitedPacket | None) -> dict[str, Any]:
    """Return the error in an answer; none if the connection was closed meanwhile."""
    if answer and answer.packet_type == CONNECT_ERROR:
        return answer.data["data"]
    if answer and answer.packet_type == ACK:
        return answer.data[0].get("error", {})
    return {}


def _read(wait: Any) -> Any:
    """Return the next message as Engine.IO has it: text with a type before it."""
    message = wait()
    return f"{MESSAGE}{message}" if isinstance(message, str) else message
