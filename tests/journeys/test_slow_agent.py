"""The reference client with many tickets, or many messages, and a slow line."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import served
from slow_line import Line

FOLLOWED = 100
WORDS = "안녕하세요 " * 800  # 4,800 letters, 12,800 bytes


@contextmanager
def agent(url, token, tickets):
    """Run an agent; yield a function that has it obey a command."""
    served.require_node()
    ids = [str(ticket["id"]) for ticket in tickets]
    command = ["node", str(served.JAVASCRIPT / "agent.mjs"), url, token, *ids]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:

        def obey(order):
            print(json.dumps(order), file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        try:
            yield obey
        finally:
            process.kill()


@pytest.fixture(params=["deployed", "deployed_on_threads"])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def customer(server, register):
    return register(server, "Carla")


def open_tickets(process, customer, count):
    category = process.root.post("/categories", {"name": f"Slow {time.monotonic_ns()}"})
    body = {
        "category_id": category["id"],
        "subject": "Printer on fire",
        "description": "It burns.",
        "priority": "high",
    }
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(customer.post, ["/tickets"] * count, [body] * count))


def test_an_agent_of_100_tickets_who_reconnects_joins_each_once_and_talks_at_once(
    server, register, customer
):
    tickets = open_tickets(server, customer, FOLLOWED)
    ada = register(server, "Ada", "admin")

    with agent(server.url, ada.token, tickets) as obey:
        first = obey("live")
        dropped = obey("drop")
        again = obey("live")

    assert first == {"joins": FOLLOWED, "shown": FOLLOWED}
    assert dropped["acknowledged_after_ms"] < 1000
    assert again == {"joins": FOLLOWED, "shown": FOLLOWED + 1}


def test_a_long_conversation_arrives_over_a_slow_line(server, customer):
    [ticket] = open_tickets(server, customer, 1)
    for _ in range(24):
        server.root.say(ticket, WORDS)

    with (
        Line(server.port, bytes_per_s=100_000, delay_s=2) as line,
        agent(line.url, customer.token, [ticket]) as obey,
    ):
        begun = time.monotonic()
        told = obey("live")

    assert told["shown"] == 25
    assert told["joins"] <= 4
    assert time.monotonic() - begun < 60
