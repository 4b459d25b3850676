"""The row of what is sent to the outside: mails and webhooks."""

import json
import time
from contextlib import ExitStack
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.http_rows import WARM_UP, send
from benchmarks.results import Plan, Result, row
from benchmarks.sides import Stage

# Jobs are left to workers, of which neither side may have one, since they would do what
# both enqueue: what is measured is the time that it takes to enqueue them.
NO_WORKER = {"WORKER": "separate"}
SETTINGS = {
    **NO_WORKER,
    "MAIL_URL": "smtp://127.0.0.1:9",  # nothing listens there
    "MAIL_FROM": "support@example.org",
    "PUBLIC_URL": "https://help.example.org",
    "WEBHOOK_PRIVATE": "allowed",
}
WEBHOOK = {"url": "http://127.0.0.1:9/", "events": ["*"]}
KNOWN_S = 1.5  # after a change, every process knows of it
# 0.05 of the floor, where POST message ÷ floor is the 0.45 that it has to be.
TARGET = (0.45 - 0.05) / 0.45


@row("outbound")
def outbound(stage: Stage, plan: Plan) -> list[Result]:
    """Measure POST message with mails and two webhooks ÷ without."""
    database = stage.database(plan.small)
    requests, (token,) = send(database), database.tokens([1])
    with ExitStack() as stack:
        told, alone = (
            stack.enter_context(stage.service(database, **settings)).url
            for settings in (SETTINGS, NO_WORKER)
        )
        webhooks = [_call("POST", f"{told}/api/webhooks", token, WEBHOOK) for _ in "12"]
        paths = [f"{told}/api/webhooks/{webhook['id']}" for webhook in webhooks]
        ours: list[float] = []
        theirs: list[float] = []
        for number in range(1 + plan.rounds):
            seconds = plan.seconds if number else WARM_UP
            for url, figures, active in ((told, ours, True), (alone, theirs, False)):
                for path in paths:
                    _call("PATCH", path, token, {"active": active})
                time.sleep(KNOWN_S)
                figures.append(requests.load(url, seconds)["rate"])
        for path in paths:
            _call("DELETE", path, token)
    name = "POST message, with mails and two webhooks ÷ without"
    return [
        Result(name, "requests/s", ours[1:], TARGET, theirs[1:], at_least=True)
    ]


def _call(method: str, url: str, token: str, body: object = None) -> Any:
    """Return the answer of a call of the API, if it has one."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    with urlopen(Request(url, data, headers, method=method), timeout=30) as response:
        return json.loads(response.read() or "null")
