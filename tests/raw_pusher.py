"""Speak the Pusher protocol message by message, to send what no client would send."""

import json
import struct
import time
from typing import Any

import requests
from raw import CLOSE, Closed, RawSocket
from served import Caller, Process

PING, PONG = 9, 10
PATIENCE = 8  # seconds


class Ended(Closed):
    """The server has closed the connection with a code."""

    def __init__(self, data: bytes) -> None:
        code = struct.unpack("!H", data[:2])[0] if data else None
        self.code, self.reason = code, data[2:].decode()
        super().__init__(f"{self.code} {self.reason}")


class RawPusher(RawSocket):
    """A WebSocket to ``/app/ticketing``; it answers pings of the WebSocket.

    :param options: ``key``, ``origin`` and ``language`` of the handshake; ``answers``
        is false for a client that answers no pings.
    """

    def __init__(self, process: Process, **options: Any) -> None:
        self.process = process
        self.path = f"/app/{options.pop('key', 'ticketing')}?protocol=7&client=raw"
        given = {"Origin": options.pop("origin", None)}
        given["Accept-Language"] = options.pop("language", None)
        self._headers = "".join(f"{n}: {v}\r\n" for n, v in given.items() if v)
        self._answers = options.pop("answers", True)
        self.pings = 0
        super().__init__(process, **options)
        self.socket_id = ""

    def _handshake(self, port: int) -> str:
        lines = super()._handshake(port).removesuffix("\r\n")
        return f"{lines}{self._headers}\r\n"

    def connect(self) -> "RawPusher":
        """Wait until the connection is established."""
        self.socket_id = self.hear("pusher:connection_established")["socket_id"]
        return self

    def say(self, event: str, data: object, channel: str | None = None) -> None:
        """Send a message."""
        message = {"event": event, "data": data}
        self.send(json.dumps({**message, "channel": channel} if channel else message))

    def ask(self, who: Caller, channel: str) -> requests.Response:
        """Ask for a channel over HTTP."""
        return ask(who.at(self.process), channel, self.socket_id)

    def subscribe(self, who: Caller, channel: str) -> dict:
        """Subscribe as a client does; return the message of the answer."""
        given = self.ask(who, channel)
        auth = given.json()["auth"] if given.ok else None
        return self.subscribe_with(auth, channel)

    def subscribe_with(self, auth: str | None, channel: str) -> dict:
        """Subscribe with what was granted; return the message of the answer."""
        self.say("pusher:subscribe", {"auth": auth, "channel": channel})
        while True:
            message = self.next()
            if "subscription_" in message["event"]:
                return message

    def hear(self, event: str, channel: str | None = None) -> Any:
        """Return the data of the next message of a name, and of a channel if given."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            message = self.next()
            if message["event"] == event and channel in (None, message.get("channel")):
                return json.loads(message["data"])
        raise TimeoutError(event)

    def next(self) -> dict:
        """Return the next message.

        :raises Ended: the server closes the connection with a code.
        """
        while True:
            opcode, data = self.read_frame()
            if opcode == CLOSE:
                raise Ended(data)
            if opcode != PING:
                return json.loads(data)
            self.pings += 1
            if self._answers:
                self.send_frame(PONG, data)

    def heard_before_pong(self) -> list[tuple[str, str | None, Any]]:
        """Return the name, channel and data of what comes before a ``pusher:pong``."""
        self.say("pusher:ping", {})
        heard = []
        while (message := self.next())["event"] != "pusher:pong":
            data = json.loads(message["data"])
            heard.append((message["event"], message.get("channel"), data))
        return heard

    def end(self) -> Ended:
        """Read until the server closes the connection; return how it did."""
        try:
            while True:
                self.next()
        except Ended as ended:
            return ended


def ask(who: Caller, channel: str, socket_id: str) -> requests.Response:
    """Ask for a channel over HTTP, for a connection."""
    form = {"socket_id": socket_id, "channel_name": channel}
    headers = {"Authorization": f"Bearer {who.token}"} if who.token else {}
    url = f"{who.url}/broadcasting/auth"
    return requests.post(url, form, headers=headers, timeout=PATIENCE)
