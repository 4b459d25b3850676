"""Ten files of 10 MiB arrive at once: memory stays flat, and others are served."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import requests

MEGABYTE = 1024 * 1024
UPLOADS = 10
LINE = b"It burns.\n"
FILE = LINE * (10 * MEGABYTE // len(LINE))
FLAT = 48 * MEGABYTE  # half of what arrives: no file is held as a whole
PATIENCE = 60  # seconds


@pytest.fixture
def watch():
    """Watch a process until told to stop; return its memory, and how it answered."""

    def watch(process, over):
        memory, seconds = [], []
        while not over.is_set():
            begun = time.monotonic()
            assert requests.get(f"{process.url}/healthz", timeout=PATIENCE).ok
            seconds.append(time.monotonic() - begun)
            memory.append(process.memory())
            time.sleep(0.02)
        return memory, seconds

    return watch


@pytest.mark.parametrize("how", ["deployed", "deployed_on_threads"])
@pytest.mark.parametrize(
    ("method", "path", "field", "status"),
    [("PATCH", "", "attachment", 200), ("POST", "/files", "file", 201)],
    ids=["attachments", "files"],
)
def test_ten_large_uploads_at_once_keep_memory_flat_and_delay_nobody(
    request, register, open_ticket, watch, capsys, how, method, path, field, status
):
    process = request.getfixturevalue(how)
    carla = register(process, "Carla")
    tickets = [open_ticket(process, carla) for _ in range(UPLOADS)]

    def attach(ticket):
        return requests.request(
            method,
            f"{process.url}/api/tickets/{ticket['id']}{path}",
            headers={"Authorization": f"Bearer {carla.token}"},
            files={field: ("log.txt", FILE)},
            timeout=PATIENCE,
        ).status_code

    over, before = Event(), process.memory()
    with ThreadPoolExecutor(UPLOADS + 1) as pool:
        watching = pool.submit(watch, process, over)
        statuses = list(pool.map(attach, tickets))
        over.set()
    memory, seconds = watching.result()

    with capsys.disabled():
        print(
            f"\n{how}: RSS {before // MEGABYTE} MiB, at most {max(memory) // MEGABYTE} "
            f"while {UPLOADS} files of 10 MiB arrive, {process.memory() // MEGABYTE} "
            f"after; /healthz {max(seconds) * 1000:.0f} ms at most, of {len(seconds)}"
        )
    assert statuses == [status] * UPLOADS
    assert max(memory) - before < FLAT
    assert max(seconds) < 1
