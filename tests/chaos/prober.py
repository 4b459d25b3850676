"""Send messages over HTTP periodically, whatever the answers."""

import time

import requests
from chaos.fleet import Seat
from served import Caller, Meanwhile

PAUSE = 0.1  # seconds


class Prober(Meanwhile):
    """Send while the block runs, and record each answer with its time.

    :param who: the same user as in the seat, calling where it is probed.
    """

    def __init__(self, seat: Seat, who: Caller | None = None) -> None:
        super().__init__(PAUSE)
        self.answers: list[tuple[float, int | str]] = []
        self.sent: list[int] = []
        self._who = who or seat.who
        self._path = f"/tickets/{seat.ticket['id']}/messages"

    def statuses(self, since: float = 0, until: float = float("inf")) -> set[int | str]:
        """Return the set of statuses of calls begun within a period."""
        return {status for at, status in self.answers if since <= at < until}

    def act(self) -> None:
        """Send a message, and record the answer."""
        begun = time.monotonic()
        try:
            answer = self._who.request("POST", self._path, {"message": "Probe"})
        except requests.RequestException as error:
            self.answers.append((begun, type(error).__name__))
            return
        self.answers.append((begun, answer.status_code))
        if answer.ok:
            self.sent.append(answer.json()["id"])
