"""The packages that setup.cfg requires, and requirements.txt pins."""

import ast
import sys
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
OURS = {"config", "ticketing"}


@pytest.fixture(scope="module")
def required():
    """The requirements of setup.cfg, by name."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    lines = config["options"]["install_requires"].split("\n")
    found = [Requirement(line) for line in lines if line]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def imported():
    """Return the packages that the service, its migrations and deploy/ import."""
    files = [ROOT / "config.py", ROOT / "wsgi.py"]
    for directory in ("ticketing", "migrations", "deploy"):
        files += (ROOT / directory).rglob("*.py")
    modules = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add(str(node.module).partition(".")[0])
    distributions = packages_distributions()
    return {
        canonicalize_name(distributions[module][0])
        for module in modules - OURS - sys.stdlib_module_names
    }


def test_every_imported_package_is_required(required):
    assert imported() - set(required) == set()


def test_every_requirement_has_a_lower_bound(required):
    unbounded = [
        name
        for name, requirement in required.items()
        if not any(bound.operator == ">=" for bound in requirement.specifier)
    ]

    assert unbounded == []


def test_every_pin_is_within_the_bounds(required):
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if line[:1] not in (" ", "#")]
    pinned = {canonicalize_name(pin.name): str(pin.specifier)[2:] for pin in pins}

    outside = {
        name
        for name, requirement in required.items()
        if not requirement.specifier.contains(pinned[name])
    }
    assert outside == set()
