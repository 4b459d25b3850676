"""Draw previews of images, each in a process of its own."""

import os
import signal
import sys
from pathlib import Path
from subprocess import DEVNULL, Popen, TimeoutExpired

from ticketing.core import storage
from ticketing.files.thumbnail import CANNOT_DRAW
from ticketing.jobs.kinds import JobError

PROGRAM = Path(__file__).with_name("thumbnail.py")
TIMEOUT_S = 10.0  # beyond its limit of processor time: the machine was busy
# Signals that do not come from the decoding of an image.
EXTERNAL_SIGNALS = {-signal.SIGTERM, -signal.SIGKILL, -signal.SIGINT, -signal.SIGHUP}


def draw(source: Path, content_type: str, preview: Path) -> None:
    """Write the preview of an image; an empty file if it cannot be drawn.

    Under eventlet, other requests are served meanwhile.

    :raises JobError: it failed for another reason than the image, or ran out of time.
    """
    part = preview.with_suffix(storage.PART)
    with storage.detecting_full_disk():
        drawn = _run(source, content_type, part)
        if not drawn:
            part.write_bytes(b"")
        os.replace(part, preview)


def _run(source: Path, content_type: str, target: Path) -> bool:
    """Return whether the program could draw an image.

    The program inherits neither settings nor open files.

    :raises JobError: it failed for another reason than the image, or ran out of time.
    """
    # subprocess.run is not used: eventlet replaces the selectors that it needs.
    command = [sys.executable, "-I", str(PROGRAM), content_type]
    with source.open("rb") as image, target.open("wb") as written:
        process = Popen(command, stdin=image, stdout=written, stderr=DEVNULL, env={})
        try:
            status = process.wait(TIMEOUT_S)
        except TimeoutExpired:
            raise JobError("PreviewTimeout") from None
        finally:
            process.kill()
            process.wait()
    if status > 0 and status != CANNOT_DRAW or status in EXTERNAL_SIGNALS:
        raise JobError("PreviewProcessFailed", status)
    return status == 0
