"""The modules of others are as npm has them, and as their README says."""

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
import served

VENDOR = Path(__file__).parents[2] / "ticketing" / "console" / "vendor"
MODULES = served.JAVASCRIPT / "node_modules"
ROWS = [
    re.findall(r"`?([^|`\s]+)`?", line)
    for line in (VENDOR / "README.md").read_text().splitlines()
    if line.startswith("| `")
]
OF_THE_SAME_AUTHORS = {"engine.io-client", "engine.io-parser", "socket.io-parser"}


def package(name):
    """Return the folder of an installed package."""
    if not (MODULES / name).is_dir():
        served.lacking(f"{name} is not installed: npm ci --prefix tests/js")
    return MODULES / name


def license_of(name):
    """Return the text of the license that goes along with a package."""
    return (VENDOR / "licenses" / f"{name}.txt").read_text()


def test_the_readme_lists_every_file():
    assert sorted(row[0] for row in ROWS) == sorted(
        path.name for path in VENDOR.glob("*.js")
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_file_is_that_of_the_package(row):
    file, name, version, license_name, path, digest = row
    described = json.loads((package(name) / "package.json").read_text())

    content = (VENDOR / file).read_bytes()

    assert content == (package(name) / path).read_bytes()
    assert digest == sha256(content).hexdigest()
    assert (version, license_name) == (described["version"], described["license"])


@pytest.mark.parametrize("name", sorted({row[1] for row in ROWS}))
def test_its_license_goes_along(name):
    assert license_of(name) == (package(name) / "LICENSE").read_text()


def test_the_licenses_of_what_socket_io_contains_go_along_too():
    client = package("socket.io-client")
    sources = json.loads((client / "dist/socket.io.esm.min.js.map").read_text())
    found = {path.split("/")[2] for path in sources["sources"] if path[:6] == "../../"}

    emitter = package("@socket.io/component-emitter")

    assert found == OF_THE_SAME_AUTHORS | {"socket.io-component-emitter"}
    assert license_of("component-emitter") == (emitter / "LICENSE").read_text()
