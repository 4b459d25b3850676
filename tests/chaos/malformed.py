"""Packets that no client library would send, made up from a seed."""

import struct
from contextlib import suppress
from random import Random

from raw import BINARY, CLOSE, TEXT, Closed, RawPolling, RawSocket
from served import Process

DEEP = "[" * 3_000 + "]" * 3_000
PLACEHOLDER = '{"_placeholder":true,"num":%d}'
EVENTS = [
    "join",
    "leave",
    "typing",
    "message.send",
    "message.read",
    "connect",
    "*",
    "x",
]
FIELDS = [
    "ticket_id",
    "message",
    "up_to",
    "typing",
    "after",
    "user_id",
    "room",
    "token",
]
NUMBERS = ["", "1", "0", "-1", "9" * 16, "9" * 101, "²", "/x,1", "/,1"]
VALUES = [
    *("null", "true", "-1", "1", "0.5", "1e400", "NaN", "9" * 400, "[]", "{}", DEEP),
    *('"\\ud800"', '"\\u0000"', '"ticket.1.staff"', f'"{"x" * 70_000}"', "[[1]]", '"'),
    *(PLACEHOLDER % 0, PLACEHOLDER % 7, PLACEHOLDER % -1),
]
LAST = '42999["leave",{"ticket_id":1}]'  # which is answered, if it still comes to it


class Malice:
    """Someone who knows the protocol, and does not keep to it.

    :param token: of a user that they are now and then; None if they are nobody.
    """

    def __init__(self, process: Process, seed: int, token: str | None) -> None:
        self._process = process
        self._token = token
        self._random = Random(seed)
        self.outcomes: list[str] = []

    def send(self, count: int) -> None:
        """Send so many packets, each over a connection of its own."""
        for _ in range(count):
            try:
                self.outcomes.append(self._send())
            except TimeoutError:
                self.outcomes.append("silence")

    def _send(self) -> str:
        transport = self._random.choice([RawSocket, RawPolling])
        with transport(self._process) as client:
            if self._token and self._random.random() < 0.5:
                client.log_in(self._token)
            with suppress(Closed):
                if self._random.random() < 0.3:
                    return self._send_bytes(client)
                client.send(self._packet())
                client.send(LAST)
            return client.outcome()

    def _send_bytes(self, client: RawSocket | RawPolling) -> str:
        if isinstance(client, RawPolling):
            client.send_bytes(self._body())
            client.send(LAST)
            return client.outcome()
        for _ in range(self._random.randrange(1, 4)):
            client.send_bytes(self._frame())
        return "left"  # in the middle of a frame, maybe

    def _packet(self) -> str | bytes:
        event = self._event()
        at = self._random.randrange(len(event))
        made = [
            *[event] * 4,
            event[:at],
            event[at:],
            event[:at] + chr(self._random.randrange(0x80)) + event[at:],
            event[:at] + self._random.choice(VALUES) + event[at + 1 :],
            str(self._random.randrange(10)) + event[1:],
            event.encode(),
            self._random.randbytes(at),
        ]
        return self._random.choice(made)

    def _event(self) -> str:
        choose = self._random.choice
        kind = choose(
            ["42", "42", "450-", "451-", "452-", f"45{'9' * 9}-", "43", "461-"]
        )
        fields = [f'"{choose(FIELDS)}":{choose(VALUES)}' for _ in range(3)]
        arguments = [f"{{{','.join(fields)}}}", choose(VALUES)][: choose([0, 1, 1, 2])]
        name = choose([f'"{choose(EVENTS)}"', choose(VALUES)])
        if self._random.random() < 0.1:
            return f"40{choose(['', '/x,', '/,', '7'])}{choose([*VALUES, *arguments])}"
        return f"{kind}{choose(NUMBERS)}[{','.join([name, *arguments])}]"

    def _body(self) -> bytes:
        packets = [
            self._packet() for _ in range(self._random.choice([1, 2, 16, 17, 40]))
        ]
        texts = [p if isinstance(p, str) else f"b{p!r}" for p in packets]
        made = [
            b"",
            b"d=",
            b"d=" + texts[0].encode(),
            b"4" + b"x" * 300_000,
            self._random.randbytes(self._random.randrange(5_000)),
            "\x1e".join(texts).encode(),
            "\x1e".join(texts)[:200_000].encode()[1:],
        ]
        return self._random.choice(made)

    def _frame(self) -> bytes:
        data = self._random.randbytes(self._random.choice([0, 1, 125]))
        opcode = self._random.choice([0, TEXT, BINARY, CLOSE, 9, 10, *range(16)])
        first = self._random.choice([0x80, 0x80, 0x00, 0xC0, 0xF0]) | opcode
        masked = self._random.choice([0x80, 0x80, 0x00])
        made = [
            struct.pack("!BB", first, masked | len(data)) + bytes(4) + data,
            struct.pack("!BBQ", first, masked | 127, 2**62) + bytes(4) + data,
            struct.pack("!BBH", first, masked | 126, 1000) + bytes(4) + data,
            data,
        ]
        return self._random.choice(made)
