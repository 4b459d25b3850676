"""Someone who sends over HTTP, again and again, whatever is answered."""

import time

import requests

from chaos.fleet import Seat
from served import Caller, Meanwhile

PAUSE = 0.1  # seconds


class Prober(Meanwhile):
    """Sends while its block lasts, and notes what was answered when.

    :param who: the same user as in the seat, calling where it is probed.
    """

    def __init__(self, seat: Seat, who: Caller | None = None) -> None:
        super().__init__(PAUSE)
        self.answers: list[tuple[float, int | str]] = []
        self.sent: list[int] = []
        self._who = who or seat.who
        self._path = f"/tickets/{seat.ticket['id']}/messages"

    def statuses(self, since: float = 0, until: float = float("inf")) -> set[int | str]:
        """Return what was answered to calls begun in a time, each status once."""
        return {status for at, status in self.answers if since <= at < until}

    def act(self) -> None:
        """Send, and note what is answered."""
        begun = time.monotonic()
        try:
            answer = self._who.request("POST", self._path, {"message": "Probe"})
        except requests.RequestException as error:
            self.answers.append((begun, type(error).__name__))
            return
        self.answers.append((begun, answer.status_code))
        if answer.ok:
            self.sent.append(answer.json()["id"])
