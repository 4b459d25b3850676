"""Run the page of the Laravel system as it is, in Node."""

import json
import subprocess
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from served import JAVASCRIPT, Caller, Process

SOURCES = JAVASCRIPT / "laravel"
PATIENCE = 20  # seconds


def environment(process: Process, who: Caller, ticket: dict) -> str:
    """Return the line that gives the modules what they find around them in Laravel."""
    env = {
        "VITE_REVERB_APP_KEY": "ticketing",
        "VITE_REVERB_HOST": "127.0.0.1",
        "VITE_REVERB_PORT": process.port,
    }
    token, ticket_id = json.dumps(who.token), ticket["id"]
    return (
        f"import.meta.env = {json.dumps(env)}; "
        f"const token = {token}, ticketId = {ticket_id};"
    )


class LaravelPage:
    """The page, in a process of its own; it has subscribed the ticket."""

    def __init__(
        self, directory: Path, process: Process, who: Caller, ticket: dict
    ) -> None:
        self.channel = f"Echo.private('ticket.{ticket['id']}')"
        line = environment(process, who, ticket)
        for name in ("echo.js", "page.js"):
            (directory / name).write_text(f"{line}\n{(SOURCES / name).read_text()}")
        (directory / "node.mjs").write_text((SOURCES / "node.mjs").read_text())
        (directory / "package.json").write_text('{"type": "module"}')
        (directory / "node_modules").symlink_to(JAVASCRIPT / "node_modules")
        self._process = subprocess.Popen(
            ["node", str(directory / "node.mjs"), process.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._lines: Queue[list] = Queue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "LaravelPage":
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def run(self, script: str) -> None:
        """Run JavaScript in the page."""
        assert self._process.stdin
        print(script, file=self._process.stdin, flush=True)

    def subscribed(self) -> "LaravelPage":
        """Wait until the ticket is subscribed, or refused."""
        answered = "(why) => print(why ? 'refused' : 'subscribed', why)"
        self.run(f"{self.channel}.subscribed({answered}).error({answered})")
        self.run(f"if ({self.channel}.subscription.subscribed) print('subscribed')")
        self.wait_for("subscribed")
        return self

    def wait_for(self, *beginning: Any) -> list:
        """Wait for a line that begins so; return the rest of it."""
        while True:
            line = self.next()
            if line[: len(beginning)] == [*beginning]:
                return line[len(beginning) :]

    def next(self, patience: float = PATIENCE) -> list:
        """Return the next line.

        :raises Empty: there is none in time.
        """
        return self._lines.get(timeout=patience)

    def hears_nothing(self, seconds: float) -> bool:
        """Return whether nothing is printed for some time."""
        try:
            self.next(seconds)
        except Empty:
            return True
        return False

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.put(json.loads(line))
