"""Whatever schemathesis calls, as customer and as admin, is answered as documented.

All of its checks, with the links of the document and those it infers. In full, which is
ten thousand cases: ``pytest tests/openapi --schemathesis full``.
"""

import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

import served

HERE = Path(__file__).parent
ROLES = ("customer", "admin")
SEED = "20260"
# Of each size: how many cases are drawn for an operation, beside those that follow from
# its description, and how many there are to be in all.
SIZES = {"small": (3, 3_000), "full": (150, 10_000)}
LIMITS = {name: "1000000 per minute" for name in ("LOGIN_LIMIT", "REGISTER_LIMIT")}
COMMAND = (
    *(str(Path(sys.executable).with_name("st")), "--no-color"),
    *("--config-file", str(HERE / "schemathesis.toml"), "run"),
    *("--continue-on-failure", "--seed", SEED),
    *("--generation-database", "none", "--request-timeout", "30"),
)


def hooks_of(process: served.Process, role: str) -> dict[str, str]:
    """Return the environment from which ``hooks`` reads whom and what there is."""
    category = process.root.post("/categories", {"name": "Hardware"})["id"]
    admin = served.register(process, "Ada", "admin").user["id"]
    return {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "URL": process.url,
        "ROLE": role,
        "ROOT_TOKEN": process.root.token,
        "CATEGORY": str(category),
        "ADMIN": str(admin),
    }


@pytest.fixture(scope="module")
def size(request):
    """How much is to be tried."""
    return SIZES[request.config.getoption("--schemathesis")]


@pytest.fixture(scope="module")
def reports(size, tmp_path_factory):
    """What schemathesis reports, and returns, by role: both at once."""
    if not os.environ.get("TEST_DATABASE_URL"):
        served.lacking("TEST_DATABASE_URL names no MariaDB or MySQL")
    examples, _ = size
    running = {}
    with ExitStack() as stack:
        for role in ROLES:
            directory = tmp_path_factory.mktemp(role)
            deployment = served.deployment(directory, "eventlet", **LIMITS)
            [process] = stack.enter_context(deployment)
            options = ["--max-examples", str(examples)]
            running[role] = subprocess.Popen(
                [*COMMAND, *options, f"{process.url}/openapi.json"],
                env={**os.environ, **hooks_of(process, role)},
                cwd=directory,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            stack.callback(running[role].kill)
        yield {
            role: (run.communicate()[0], run.returncode)
            for role, run in running.items()
        }


def cases_of(report: str) -> int:
    """Return how many cases were tried."""
    generated = re.search(r"Test cases:\n +([\d,]+) generated", report)
    return int(generated[1].replace(",", "")) if generated else 0


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_as_documented(reports, role):
    report, status = reports[role]

    assert status == 0, report


def test_enough_cases_were_tried(reports, size, capsys):
    counts = {role: cases_of(report) for role, (report, _) in reports.items()}

    with capsys.disabled():
        print(f"\nschemathesis: {sum(counts.values())} cases {counts}, seed {SEED}")
    assert sum(counts.values()) >= size[-1]
