"""Rules act in time, and evenly, while many tickets are opened at once."""

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime

import served
from chaos.outbound import Worker, spread
from served import open_ticket, register, running

ADMINS, CLIENTS, WORKERS = 5, 20, 2
LATEST_S = 2.0  # after the commit of what sets it off, a rule acts
LATEST_BESIDE_OTHER_TESTS_S = 10.0
PATIENCE = 60  # seconds


def acts(server, ticket):
    """Return the actions of rules on a ticket, once there are any."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        log = server.root.get(f"/tickets/{ticket['id']}/events?stream=staff")["data"]
        if found := [entry for entry in log if entry["name"] == "rule.applied"]:
            return found
        time.sleep(0.2)
    return []


def seconds(since, until):
    return (
        datetime.fromisoformat(until) - datetime.fromisoformat(since)
    ).total_seconds()


def test_tickets_that_20_clients_open_at_once_are_assigned_evenly_and_in_time(
    deploy, tmp_path, full, tell
):
    if not os.environ.get("TEST_DATABASE_URL"):
        served.lacking("TEST_DATABASE_URL is not set: SQLite serves one process")
    each = 10 if full else 2
    with ExitStack() as stack:
        [server] = stack.enter_context(deploy(WORKER="separate"))
        for number in range(WORKERS):
            worker = Worker(server, tmp_path / f"worker-{number}")
            stack.enter_context(running(worker))
        for number in range(1, ADMINS):
            register(server, f"Admin{number}", role="admin")
        rule = {"name": "Route", "on": "ticket.opened", "conditions": {}}
        rule |= {"active": True, "position": 0, "stop": False}
        server.root.post("/rules", rule | {"actions": {"assign": {"among": "all"}}})
        clients = [register(server, f"Customer{number}") for number in range(CLIENTS)]
        time.sleep(1)  # every process knows the rule
        begun = time.monotonic()

        def open_some(client):
            return [open_ticket(server, client) for _ in range(each)]

        with ThreadPoolExecutor(CLIENTS) as pool:
            tickets = [t for opened in pool.map(open_some, clients) for t in opened]

        took = time.monotonic() - begun
        done = [(ticket, acts(server, ticket)) for ticket in tickets]
        assert all(len(found) == 1 for _, found in done)
        delays = [
            seconds(ticket["created_at"], found[0]["created_at"])
            for ticket, found in done
        ]
        loads = Counter(
            server.root.get(f"/tickets/{ticket['id']}")["assigned_to"]
            for ticket in tickets
        )
        tell(
            opened_in_s=round(took, 1), seconds=spread(delays), loads=[*loads.values()]
        )
        assert len(loads) == ADMINS
        assert max(loads.values()) - min(loads.values()) <= 1
        assert max(delays) <= (LATEST_S if full else LATEST_BESIDE_OTHER_TESTS_S)
