"""flask seed"""

import pytest

from ticketing import create_app
from ticketing.accounts.models import Role
from ticketing.categories.models import Category
from ticketing.core.database import db
from ticketing.web.extensions import socketio

NAMES = [
    "Billing",
    "Bug Report",
    "Feature Request",
    "General Inquiry",
    "Technical Support",
]


@pytest.fixture
def run(app):
    """Run the command."""
    return lambda: app.test_cli_runner().invoke(args=["seed"])


@pytest.fixture
def log_in(anyone):
    def log_in(email):
        body = {"email": email, "password": "password"}
        return anyone.post("/api/login", json=body)

    return log_in


@pytest.fixture
def names(api, make_user):
    """Return the names of all categories."""
    viewer = make_user("Viewer")

    def names():
        listed = api(viewer).get("/api/categories").json["data"]
        return [category["name"] for category in listed]

    return names


def test_seed_creates_the_users_and_the_categories(run, log_in, names):
    result = run()

    admin, customer = log_in("admin@example.com"), log_in("customer@example.com")
    assert result.exit_code == 0, result.output
    assert (admin.status_code, admin.json["user"]["role"]) == (200, "admin")
    assert (customer.status_code, customer.json["user"]["role"]) == (200, "customer")
    assert names() == NAMES


def test_seed_can_be_repeated(api, run, log_in, names):
    run()
    ids = [log_in("admin@example.com").json["user"]["id"]]

    result = run()

    ids.append(log_in("admin@example.com").json["user"]["id"])
    assert result.exit_code == 0, result.output
    assert ids[0] == ids[1]
    assert names() == NAMES


def test_seed_keeps_existing_users_and_categories(run, log_in, names, make_user, save):
    make_user("Ours", Role.CUSTOMER, email="Admin@example.com")
    save(Category(name="BILLING", slug="ours"))

    result = run()

    assert result.exit_code == 0, result.output
    assert log_in("customer@example.com").status_code == 200
    assert names() == ["BILLING", *NAMES[1:]]


def test_seed_is_refused_in_production(app, run, log_in, names, monkeypatch):
    monkeypatch.setitem(app.config, "TICKETING_ENV", "production")

    result = run()

    assert result.exit_code == 1
    assert "create-admin" in result.output
    assert log_in("admin@example.com").status_code == 401
    assert names() == []


COMMANDS = [
    ["seed"],
    ["create-admin", "--name", "Ada", "--email", "a@example.org", "--password-stdin"],
    ["set-password", "a@example.org", "--password-stdin"],
    ["tokens", "prune"],
    ["attachments", "prune"],
]
WITHOUT = [
    ("sqlite:///{}/empty.db", "The database has no tables yet: run flask db upgrade."),
    ("mysql+pymysql://nobody@127.0.0.1:1/t", "The database does not answer."),
]


@pytest.fixture
def run_without(settings, tmp_path):
    """Run a command on a database that does not answer or has no tables."""
    kept = dict(vars(socketio))  # the one server becomes that of the last application

    def run_without(url, command):
        url = url.format(tmp_path)
        app = create_app({**settings, "SQLALCHEMY_DATABASE_URI": url})
        runner = app.test_cli_runner()
        result = runner.invoke(args=command, input="correct horse")
        with app.app_context():
            db.engine.dispose()
        return result

    yield run_without
    vars(socketio).clear()
    vars(socketio).update(kept)


@pytest.mark.parametrize(("url", "sentence"), WITHOUT, ids=["empty", "away"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_says_what_the_database_lacks(run_without, url, sentence, command):
    result = run_without(url, command)

    assert result.exit_code == 1
    assert result.output == f"Error: {sentence}\n"
