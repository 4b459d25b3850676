"""Hostile images cost the process that draws previews little, and the service nothing.

The costs are those that the kernel measured.
"""

import resource
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from files.hostile_images import hostile_images
from ticketing.files.drawing import PROGRAM, TIMEOUT_S, draw
from ticketing.files.thumbnail import MAX_MEMORY_BYTES
from ticketing.jobs.kinds import JobError

pytestmark = pytest.mark.slow

# It is started by a small process, since a child begins with its parent's memory.
MEASURE = """
import os, sys, time
begun = time.monotonic()
pid = os.posix_spawn(sys.executable, [sys.executable, "-I", *sys.argv[1:]], {})
_, status, used = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss * 1024, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def images():
    return [*hostile_images()]


@pytest.fixture
def measure(tmp_path):
    """Draw a preview; return the exit status, and the peak memory."""

    def measure(kind, content):
        (tmp_path / "image").write_bytes(content)
        with (tmp_path / "image").open("rb") as image:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", MEASURE, str(PROGRAM), kind],
                stdin=image,
                capture_output=True,
                timeout=60,
            )
        status, memory = done.stderr.splitlines()[-1].split()
        return int(status), int(memory)

    return measure


def test_no_hostile_image_uses_more_than_256_mib(images, measure, capsys):
    costs = {}
    for name, kind, content in images:
        begun = time.monotonic()
        status, memory = measure(kind, content)
        costs[name] = (status, memory, time.monotonic() - begun)

    with capsys.disabled():
        for name, (status, memory, seconds) in costs.items():
            print(f"\n{name}: {status}, {memory >> 20} MiB, {seconds:.1f} s", end="")
    assert len(costs) >= 30
    assert max(memory for _, memory, _ in costs.values()) <= MAX_MEMORY_BYTES


def test_no_hostile_image_takes_more_than_10_seconds(images, tmp_path):
    source, preview = tmp_path / "image", tmp_path / "image.webp"
    for name, kind, content in images:
        source.write_bytes(content)
        preview.unlink(missing_ok=True)
        begun, used = time.monotonic(), used_s()

        with suppress(JobError):  # if this machine is too busy
            draw(source, kind, preview)
            assert preview.is_file(), name
            assert b"script" not in preview.read_bytes(), name

        assert used_s() - used < TIMEOUT_S, name
        # A busy machine may take long to start and to end a process.
        assert time.monotonic() - begun < TIMEOUT_S + 10, name


def used_s():
    """Return the processor time of the child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
