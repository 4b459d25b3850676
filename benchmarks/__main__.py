"""Measure the rows, print and write the results; fail if a target is missed."""

import argparse
import signal
import sys
import time
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory
from types import FrameType

from benchmarks import http_rows, outbound_rows, socket_rows, start_rows  # noqa: F401
from benchmarks.report import table, write
from benchmarks.results import FULL, QUICK, ROWS, Result
from benchmarks.sides import HERE, CannotMeasureError, Stage

CANNOT_MEASURE = 2
SLOW = {"clone"}  # rows that a quick run leaves out, unless it is asked for them


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="in three minutes, on small tables"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=ROWS,
        metavar="ROW",
        help=f"measure only some of: {', '.join(ROWS)}",
    )
    parser.add_argument(
        "--keep", action="store_true", help="keep filled databases for the next run"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=HERE,
        metavar="DIRECTORY",
        help="where results.json and results.svg go (default: benchmarks)",
    )
    return parser.parse_args()


def main() -> int:
    """Measure the chosen rows; return the exit status."""
    given = arguments()
    plan = QUICK if given.quick else FULL
    chosen = [name for name in ROWS if not (given.quick and name in SLOW)]
    results: list[Result] = []
    failures = 0
    with TemporaryDirectory() as directory:
        with Stage(Path(directory), given.keep) as stage:
            for name in given.only or chosen:
                begun = time.monotonic()
                try:
                    results += ROWS[name](stage, plan)
                except (CannotMeasureError, CalledProcessError) as error:
                    failures += 1
                    print(f"{name}: {error}", file=sys.stderr)
                print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    print(table(results))
    write(results, given.output, given.quick)
    if failures:
        return CANNOT_MEASURE
    return 0 if all(result.is_met for result in results) else 1


def stop(number: int, frame: FrameType | None) -> None:
    """End as on Ctrl-C, so that the servers that were started are ended first."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
