"""Clients that are generated from the document compile, and open a ticket."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import served

HERE = Path(__file__).parent
PROGRAM = served.JAVASCRIPT / "program.ts"
TOOLS = served.JAVASCRIPT / "node_modules" / ".bin"
PYTHON_TOOLS = Path(sys.executable).parent
README = (served.ROOT / "README.md").read_text()
SECTION = README.partition("\n## Generated clients\n")[2]
EXAMPLE = SECTION.partition("```python\n")[2].partition("```")[0]


def run(*command: str | Path, **options: object) -> str:
    """Return what a command prints; it succeeds."""
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture
def document(anyone, tmp_path):
    """The document, in a file."""
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(anyone.get("/openapi.json").json))
    return path


@pytest.fixture
def node():
    """The directory of the JavaScript tools."""
    if not shutil.which("node") or not (TOOLS / "tsc").exists():
        served.lacking("no node, or no packages: npm ci --prefix tests/js")
    return TOOLS


def test_a_typescript_program_compiles_against_the_document(document, node, tmp_path):
    run(node / "openapi-typescript", document, "-o", tmp_path / "api.d.ts")
    shutil.copy(PROGRAM, tmp_path)

    strict = ("--noEmit", "--strict", "--target", "es2022")
    run(node / "tsc", *strict, tmp_path / PROGRAM.name)


def test_a_python_client_is_generated_without_a_warning_and_works(tmp_path):
    with served.serving_demo(tmp_path) as process:
        document = ("--url", f"{process.url}/openapi.json", "--fail-on-warning")
        client = ("--meta", "none", "--output-path", tmp_path / "client")
        path = {"PATH": f"{PYTHON_TOOLS}{os.pathsep}{os.environ['PATH']}"}
        generate = PYTHON_TOOLS / "openapi-python-client"
        printed = run(generate, "generate", *document, *client, env=os.environ | path)

        assert "warning" not in printed.lower()
        environ = os.environ | {"PYTHONPATH": str(tmp_path)}
        program = HERE / "program.py"
        run(sys.executable, program, process.url, process.root.token, env=environ)

        (tmp_path / "ticketing_client").symlink_to("client")
        example = EXAMPLE.replace("http://127.0.0.1:8000", process.url)
        example = example.replace("TOKEN", process.root.token)
        assert "Printer on fire" in run(sys.executable, "-c", example, env=environ)
