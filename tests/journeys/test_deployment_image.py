"""deploy/Dockerfile, without a container engine: its lines are run in a directory."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import served

DOCKERFILE = served.ROOT / "deploy" / "Dockerfile"
HADOLINT = Path(sys.executable).with_name("hadolint")
WHERE = "0.0.0.0:8000"
# What only root may do, and would do to this machine.
STANDING_IN = {"useradd": "exit 0", "install": 'exec mkdir "${@: -1}"'}
BUILDS = 300  # seconds


def instructions():
    """Return what the Dockerfile says, as pairs such as ("USER", "10001")."""
    lines = re.sub(r"(?m)^#.*\n", "", DOCKERFILE.read_text()).replace("\\\n", "")
    return [tuple(line.split(maxsplit=1)) for line in lines.splitlines() if line]


def said(name):
    """Return what the only instruction of a name says."""
    (rest,) = [rest for found, rest in instructions() if found == name]
    return rest


class Image:
    """A directory with what the lines of the Dockerfile put into an image."""

    def __init__(self, directory):
        self.directory = directory
        self.workdir = directory / said("WORKDIR").lstrip("/")
        self.workdir.mkdir(parents=True)
        subprocess.run([sys.executable, "-m", "venv", directory / "venv"], check=True)
        programs = directory / "standing in"
        programs.mkdir()
        for name, does in STANDING_IN.items():
            (programs / name).write_text(f"#!/bin/bash\n{does}\n")
            (programs / name).chmod(0o755)
        path = f"{programs}:{directory / 'venv/bin'}:{os.environ['PATH']}"
        self.environ = {"PATH": path, "HOME": str(directory)}

    def build(self):
        """Follow the instructions that make files or set variables, in their order."""
        for name, rest in instructions():
            if name == "COPY":
                self.copy(*rest.split())
            elif name == "RUN":
                self.run(["sh", "-ec", rest], timeout=BUILDS).check_returncode()
            elif name == "ENV":
                self.environ |= dict(word.split("=", 1) for word in shlex.split(rest))
        return self

    def copy(self, *words):
        """Copy files of the repository, as COPY does."""
        *sources, to = words
        for source in sources:
            where = self.workdir / to
            if (served.ROOT / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(served.ROOT / source, where, ignore=ignored)
            else:
                where.mkdir(exist_ok=True)
                shutil.copy(served.ROOT / source, where)

    def run(self, command, **options):
        """Run a command in the working directory; return the completed process."""
        return subprocess.run(
            command,
            cwd=self.workdir,
            env=self.environ,
            capture_output=True,
            text=True,
            **options,
        )

    def started_as(self, port):
        """Return the process of the line CMD, on another port, not started yet."""
        command = json.loads(said("CMD").replace(WHERE, f"127.0.0.1:{port}"))
        process = served.Process(command, self.environ, self.directory, port)
        process.cwd = self.workdir
        return process


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Build it, with the settings that a deployment must have, and a database."""
    image = Image(tmp_path_factory.mktemp("image")).build()
    image.environ["SECRET_KEY"] = "s" * 32
    image.environ["UPLOAD_DIR"] = ""
    image.run(["flask", "db", "upgrade"], timeout=60).check_returncode()
    return image


def test_a_linter_finds_nothing_wrong_with_it():
    if not HADOLINT.exists():
        served.lacking("hadolint is not installed")

    found = subprocess.run([HADOLINT, DOCKERFILE], capture_output=True, text=True)

    assert (found.stdout, found.returncode) == ("", 0)


def test_its_base_is_one_minor_release_of_python_on_one_release_of_debian():
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", said("FROM"))


def test_it_does_not_run_as_root():
    user, group = said("USER").split(":")

    assert int(user) > 0 and int(group) > 0


def test_packages_are_installed_before_the_code_is_copied():
    order = [rest for name, rest in instructions() if name in ("COPY", "RUN")]

    assert order[0].startswith("requirements.txt")
    assert order[1].startswith("pip install")
    assert order[-1].startswith("ticketing ")


def test_its_command_serves_healthily_until_it_is_told_to_stop(image):
    port = served.free_port()
    *_, check = said("HEALTHCHECK").partition("CMD ")
    check = json.loads(check.replace("8000", str(port)))
    process = image.started_as(port)

    before = image.run(check, timeout=30).returncode
    with served.running(process):
        meanwhile = image.run(check, timeout=30)
        seconds = process.terminate()

    assert before != 0
    assert (meanwhile.returncode, meanwhile.stderr) == (0, "")
    assert said("STOPSIGNAL") == "SIGTERM" and seconds < 10
    assert said("EXPOSE") == WHERE.partition(":")[2]


def test_the_doctor_finds_nothing_wrong_in_it(image):
    done = image.run(["flask", "doctor"], timeout=60)

    assert done.returncode == 0, done.stdout


def test_only_the_volume_is_written_to(image):
    volume = Path(said("VOLUME"))

    made = {path.name for path in image.workdir.iterdir()}

    named = {".flaskenv", "LICENSE", "config.py", "wsgi.py", "requirements.txt"}
    folders = {"deploy", "migrations", "ticketing"}
    assert made - {"__pycache__"} == named | folders | {volume.name}
    assert volume.parent == Path(said("WORKDIR"))


def test_no_secret_gets_into_it(image):
    patterns = (served.ROOT / ".dockerignore").read_text().splitlines()
    files = [path.name for path in image.workdir.rglob("*")]

    assert {"**/.env", "deploy/certificates", "instance", ".git"} <= set(patterns)
    assert ".env" not in files and not [name for name in files if ".pem" in name]
    assert not [rest for name, rest in instructions() if "SECRET" in rest]
