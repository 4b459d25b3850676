"""Run one row of the benchmarks on MariaDB; it compares the answers of both sides."""

import json
import os
import shutil
import subprocess
import sys

from served import ROOT, lacking

MEASURED = {0: "target met", 1: "target missed"}


def test_benchmark_of_one_row_runs_and_reports(tmp_path):
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        lacking("the benchmarks run on MariaDB: TEST_DATABASE_URL is not set")
    if not shutil.which("wrk"):
        lacking("wrk is not installed")

    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--only", "tickets"]
        + ["--output", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "BENCHMARK_DATABASE_URL": url},
        capture_output=True,
        text=True,
    )

    assert ran.returncode in MEASURED, ran.stderr
    found = json.loads((tmp_path / "results.json").read_text())
    compared, tail = found["results"]
    assert compared["what"] == "GET /tickets ÷ floor"
    assert compared["what"] in ran.stdout
    assert 0 < compared["found"] < 1.5
    assert tail["what"] == "GET /tickets, p99 ÷ p50"
    assert "GET /tickets ÷ floor" in (tmp_path / "results.svg").read_text()
