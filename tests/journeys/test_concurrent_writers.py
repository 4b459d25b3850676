"""Many write on one ticket at once, in processes of their own, or by HTTP."""

import json
import secrets
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

ROOT = Path(__file__).parents[2]
WRITER = Path(__file__).with_name("writer.py")
WRITERS = 8
EACH = 20


@pytest.fixture(scope="module")
def writers(deployed):
    """Processes that write beside the deployed one."""
    environ = {
        **deployed.environ,
        "PYTHONPATH": str(ROOT),
        "SOCKETIO_ASYNC_MODE": "threading",
    }
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(
            [sys.executable, WRITER], env=environ, stdin=pipe, stdout=pipe, text=True
        )
        for _ in range(WRITERS)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    yield processes
    for process in processes:
        process.communicate(timeout=20)
        assert process.returncode == 0


@pytest.fixture
def write(writers):
    """Let each of the given people write what comes with them, all at once."""

    def write(ticket, *given):
        for process, (who, things) in zip(writers, given, strict=True):
            line = json.dumps([who.user["id"], ticket["id"], things])
            print(line, file=process.stdin, flush=True)
        return [json.loads(process.stdout.readline()) for process in writers]

    return write


@pytest.fixture
def at_once():
    """Call something in many threads, which all begin together."""

    def at_once(how_many, call):
        barrier = Barrier(how_many)

        def begin(number):
            barrier.wait(20)
            return call(number)

        with ThreadPoolExecutor(how_many) as pool:
            return list(pool.map(begin, range(how_many)))

    return at_once


@pytest.fixture
def carla(deployed, register):
    return register(deployed, "Carla")


@pytest.fixture
def ada(deployed, register):
    return register(deployed, "Ada", "admin")


@pytest.fixture
def ticket(deployed, carla, open_ticket):
    return open_ticket(deployed, carla)


def replayed(who, ticket, stream):
    events, after = [], 0
    while after is not None:
        path = f"/tickets/{ticket['id']}/events?stream={stream}&limit=100"
        page = who.get(f"{path}&after={after}")
        events += page["data"]
        after = page["next"]
    return events


def test_concurrent_writers_number_the_history_without_gap_or_repetition(
    carla, ada, ticket, write
):
    words = [["message", {"message": "Fire!"}], ["comment", {"content": "Fire!"}]]
    note = [["comment", {"content": "Arson?", "internal": True}]]

    written = write(
        ticket,
        *[(carla, words * (EACH // 2))] * (WRITERS // 2),
        *[(ada, (words + note) * (EACH // 2))] * (WRITERS // 2),
    )

    ids = [(kind, line["id"]) for some in written for kind, line in kinds(some)]
    assert len(set(ids)) == len(ids) == WRITERS * EACH + WRITERS // 2 * (EACH // 2)
    public = replayed(ada, ticket, "public")
    assert numbers(public) == [*range(1, 1 + WRITERS * EACH + 1)]
    staff = replayed(ada, ticket, "staff")
    assert numbers(staff) == [*range(1, WRITERS // 2 * (EACH // 2) + 1)]
    told = {(kind, line["id"]) for kind, line in payloads(public[1:] + staff)}
    assert told == set(ids)
    times = [entry["created_at"] for entry in public]
    assert times == sorted(times)


def kinds(written):
    return [
        ("message" if "message" in line else "comment", line) for _, line in written
    ]


def payloads(entries):
    return [(entry["name"].partition(".")[0], entry["payload"]) for entry in entries]


def numbers(entries):
    return [entry["seq"] for entry in entries]


def test_one_key_used_in_many_processes_makes_one_message(carla, ticket, write):
    attempt = {"message": "Once", "client_id": secrets.token_hex(8)}

    written = write(ticket, *[(carla, [["message", attempt]] * 2)] * WRITERS)

    answers = [answer for some in written for answer in some]
    assert len(answers) == 16
    assert sum(anew for anew, _ in answers) == 1
    (message,) = carla.get(f"/tickets/{ticket['id']}/messages")["data"]
    assert all(answer == message for _, answer in answers)
    assert numbers(replayed(carla, ticket, "public")) == [1, 2]


def test_one_key_posted_many_times_at_once_makes_one_message(carla, ticket, at_once):
    path = f"/tickets/{ticket['id']}/messages"
    attempt = {"message": "Once", "client_id": secrets.token_hex(8)}

    responses = at_once(16, lambda _: carla.request("POST", path, attempt))

    statuses = sorted(response.status_code for response in responses)
    assert statuses == [200] * 15 + [201]
    (message,) = carla.get(path)["data"]
    assert all(response.json() == message for response in responses)
    assert numbers(replayed(carla, ticket, "public")) == [1, 2]


@pytest.mark.parametrize("server", ["deployed", "deployed_on_threads"])
def test_messages_posted_concurrently_are_heard_in_order(
    server, request, register, open_ticket, at_once, connect
):
    served = request.getfixturevalue(server)
    writers = [register(served, "Carla"), register(served, "Ada", "admin")]
    ticket = open_ticket(served, writers[0])
    client = connect(writers[0])
    client.join(ticket)
    path = f"/tickets/{ticket['id']}/messages"

    def post_some(number):
        who = writers[number % 2]
        body = {"message": "Fire!"}
        return [who.request("POST", path, body).status_code for _ in range(EACH)]

    statuses = at_once(WRITERS, post_some)

    assert statuses == [[201] * EACH] * WRITERS
    heard = [client.hear("message.sent")[1] for _ in range(WRITERS * EACH)]
    assert numbers(heard) == [*range(2, WRITERS * EACH + 2)]
