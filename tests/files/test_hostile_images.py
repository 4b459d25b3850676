"""Hostile images cost the process that draws previews little, and the service nothing.

The costs are those that the kernel measured.
"""

import json
import time
from contextlib import suppress

import pytest
from files.hostile_images import hostile_images

from ticketing.files import drawing
from ticketing.files.drawing import PROGRAM, TIMEOUT_S, draw
from ticketing.files.thumbnail import MAX_MEMORY_BYTES
from ticketing.jobs.kinds import JobError

pytestmark = pytest.mark.slow

# It runs the program, and ends as that does. It is a small process, since a child
# begins with its parent's memory.
MEASURE = """
import json, os, sys
command = [sys.executable, "-I", {program!r}, *sys.argv[1:]]
_, status, used = os.wait4(os.posix_spawn(sys.executable, command, {{}}), 0)
code = os.waitstatus_to_exitcode(status)
with open({cost!r}, "w") as file:
    json.dump([code, used.ru_maxrss * 1024, used.ru_utime + used.ru_stime], file)
if code < 0:
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Draw each image; return statuses, bytes and seconds by name, and the previews."""
    directory = tmp_path_factory.mktemp("images")
    source, preview, cost, program = (
        directory / name for name in ("image", "image.webp", "cost", "program.py")
    )
    program.write_text(MEASURE.format(program=str(PROGRAM), cost=str(cost)))
    costs, previews = {}, {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "PROGRAM", program)
        for name, kind, content in hostile_images():
            source.write_bytes(content)
            preview.unlink(missing_ok=True)
            cost.unlink(missing_ok=True)
            begun = time.monotonic()
            with suppress(JobError):  # if this machine is too busy
                draw(source, kind, preview)
                previews[name] = preview.read_bytes()
            seconds = time.monotonic() - begun
            # A busy machine may take long to start and to end a process.
            assert seconds < TIMEOUT_S + 10, name
            if cost.exists():
                costs[name] = (*json.loads(cost.read_text()), seconds)
    return costs, previews


def test_no_hostile_image_uses_more_than_256_mib(drawn, capsys):
    costs, _ = drawn

    with capsys.disabled():
        for name, (status, memory, _, seconds) in costs.items():
            print(f"\n{name}: {status}, {memory >> 20} MiB, {seconds:.1f} s", end="")
    assert len(costs) >= 30
    assert max(memory for _, memory, _, _ in costs.values()) <= MAX_MEMORY_BYTES


def test_no_hostile_image_takes_more_than_10_seconds(drawn):
    costs, previews = drawn

    assert len(previews) >= 30
    for name, (_, _, used_s, _) in costs.items():
        assert used_s < TIMEOUT_S, name
    for name, preview in previews.items():
        assert b"script" not in preview, name
