"""Someone who sends over HTTP, again and again, whatever is answered."""

import time
from threading import Event, Thread

import requests

from chaos.fleet import Seat
from served import Caller

PAUSE = 0.1  # seconds


class Prober:
    """Sends while its block lasts, and notes what was answered when.

    :param who: the same user as in the seat, calling where it is probed.
    """

    def __init__(self, seat: Seat, who: Caller | None = None) -> None:
        self.answers: list[tuple[float, int | str]] = []
        self.sent: list[int] = []
        self._who = who or seat.who
        self._path = f"/tickets/{seat.ticket['id']}/messages"
        self._over = Event()
        self._thread = Thread(target=self._probe)

    def __enter__(self) -> "Prober":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def statuses(self, since: float = 0, until: float = float("inf")) -> set[int | str]:
        """Return what was answered to calls begun in a time, each status once."""
        return {status for at, status in self.answers if since <= at < until}

    def _probe(self) -> None:
        while not self._over.wait(PAUSE):
            begun = time.monotonic()
            try:
                answer = self._who.request("POST", self._path, {"message": "Probe"})
            except requests.RequestException as error:
                self.answers.append((begun, type(error).__name__))
                continue
            self.answers.append((begun, answer.status_code))
            if answer.ok:
                self.sent.append(answer.json()["id"])
