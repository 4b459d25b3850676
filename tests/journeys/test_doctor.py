"""flask doctor"""

import secrets
from datetime import timedelta

import pytest
import served

import config
from ticketing.core.database import utcnow
from ticketing.ops import doctor

DOCTOR = ["-m", "flask", "doctor"]
NOBODY_LISTENS = "127.0.0.1:1"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """The settings of a deployment that is well."""
    directory = tmp_path_factory.mktemp("doctor")
    with served.database(directory) as url:
        process = served.gunicorn(directory, served.production(url, "eventlet"))
        served.fill_empty(process)
        yield {
            **served.production(url, "eventlet"),
            "UPLOAD_DIR": str(directory / "uploads"),
        }


@pytest.fixture
def consult(start, migrated):
    """Ask the doctor; return whether all is well, what is ok and what is wrong."""

    def consult(**changes):
        done = start(DOCTOR, **migrated | changes)
        assert "Traceback" not in done.stderr, done.stderr
        lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
        assert {word for word, _ in lines} <= {"ok", "wrong"}, done
        ok, wrong = (
            {says.split()[0]: says for word, says in lines if word == kind}
            for kind in ("ok", "wrong")
        )
        return done.returncode == 0, ok, wrong

    return consult


def test_all_is_well(consult):
    well, ok, wrong = consult()

    assert (well, wrong) == (True, {})
    assert [topic.rstrip(":") for topic in ok] == [
        *("settings", "secrets", "origins", "uploads", "workers"),
        *("database", "tables", "clock", "jobs", "files", "redis"),
    ]
    assert "production" in ok["settings:"]


@pytest.mark.parametrize(
    ("change", "topic", "cure"),
    [
        ({"SECRET_KEY": "hunter2"}, "SECRET_KEY", "secrets.token_hex(32)"),
        ({"CORS_ORIGINS": "*"}, "CORS_ORIGINS", "CORS_ORIGINS=https://"),
        ({"PORT": "many"}, "PORT", "it takes an integer"),
        ({"TICKETING_ENV": "staging"}, "TICKETING_ENV", "takes one of"),
        ({"UPLOAD_DIR": "/proc/nowhere"}, "UPLOAD_DIR", "the service may write"),
        (
            {"DATABASE_URL": f"mysql://u:hunter2@{NOBODY_LISTENS}/t"},
            "database:",
            "correct DATABASE_URL",
        ),
        ({"REDIS_URL": f"redis://:hunter2@{NOBODY_LISTENS}/0"}, "redis:", "start it"),
        ({"WORKER": "separate"}, "redis:", "set REDIS_URL"),
        (
            {"TICKETING_ENV": "development", "PROCESSES": "2"},
            "redis:",
            "several processes need one",
        ),
        ({"GUNICORN_CMD_ARGS": "--workers 4"}, "workers:", "unset it"),
        ({"GUNICORN_CMD_ARGS": "-k gevent"}, "workers:", "1 of eventlet"),
        ({"GUNICORN_CMD_ARGS": "--preload"}, "workers:", "unset it"),
    ],
)
def test_one_thing_is_wrong(consult, change, topic, cure):
    well, ok, wrong = consult(**change)

    assert (well, list(wrong)) == (False, [topic])
    assert cure in wrong[topic]
    assert "hunter2" not in wrong[topic]
    assert "workers:" in ok or topic == "workers:"


@pytest.mark.parametrize(
    ("change", "unknown"),
    [
        ({"DATABASE_URL": "nowhere"}, {"database:", "tables:", "clock:"}),
        ({"DATABASE_URL": "mysql://u@a..b/t"}, {"database:", "tables:", "clock:"}),
        ({"REDIS_URL": "http://r"}, {"redis:"}),
        ({"PROCESSES": "2"}, {"redis:"}),
    ],
)
def test_of_what_is_not_known_nothing_is_said(consult, change, unknown):
    well, ok, wrong = consult(**change)

    assert not well
    assert not unknown & (ok.keys() | wrong.keys())


def test_everything_is_wrong_at_once(consult):
    well, ok, wrong = consult(
        SECRET_KEY="x",
        JWT_SECRET_KEY="y",
        FLASK_DEBUG="1",
        CORS_ORIGINS="*",
        ADMIN_REGISTRATION="open",
        PROCESSES="2",
        TOKEN_MINUTES="soon",
        LOGIN_LIMIT="often",
        UPLOAD_DIR="/proc/nowhere",
        DATABASE_URL="sqlite:////proc/nowhere/t.db",
        REDIS_URL=f"redis://{NOBODY_LISTENS}/0",
        GUNICORN_CMD_ARGS="-w 2",
    )

    assert not well
    assert set(wrong) == {
        *("SECRET_KEY", "JWT_SECRET_KEY", "FLASK_DEBUG", "CORS_ORIGINS"),
        *("ADMIN_REGISTRATION", "TOKEN_MINUTES", "LOGIN_LIMIT", "UPLOAD_DIR"),
        *("DATABASE_URL", "redis:", "workers:"),
    }
    assert ok == {}


def test_tables_are_missing(consult, tmp_path):
    well, _, wrong = consult(DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}")

    assert (well, list(wrong)) == (False, ["tables:"])
    assert wrong["tables:"].endswith("missing: run flask db upgrade.")


def test_on_threads(consult):
    well, ok, _ = consult(SOCKETIO_ASYNC_MODE="threading")

    assert well
    assert "1 of gthread" in ok["workers:"]


def test_in_development_what_is_fine_there_is_fine(consult):
    well, ok, _ = consult(TICKETING_ENV="development", SECRET_KEY="", CORS_ORIGINS="*")

    assert well
    assert "development" in ok["settings:"]


@pytest.fixture
def found(app, settings):
    """Examine a deployment in this process; return the findings."""

    def found():
        config.make_directories(settings)
        with app.app_context():
            return list(doctor.examine(settings, []))

    return found


@pytest.mark.parametrize(("ahead", "well"), [(0, True), (60, False), (-60, False)])
def test_the_clock(found, monkeypatch, ahead, well):
    monkeypatch.setattr(doctor, "utcnow", lambda: utcnow() + timedelta(seconds=ahead))

    (clock,) = [finding for finding in found() if finding.text.startswith("clock:")]

    assert clock.ok == well
    told = {f"{ahead + more:+} s" for more in (0, 1)}  # the database's has no fractions
    assert well or any(drift in clock.text for drift in told)


def test_a_gunicorn_without_that_worker(found, monkeypatch):
    monkeypatch.setattr(doctor, "SUPPORTED_WORKERS", {})

    (workers,) = [item for item in found() if item.text.startswith("workers:")]

    assert not workers.ok
    assert "pip install -r requirements.txt" in workers.text


def test_tables_are_out_of_date(found, monkeypatch):
    monkeypatch.setattr(doctor.ScriptDirectory, "get_heads", lambda self: ["9999"])

    (tables,) = [finding for finding in found() if finding.text.startswith("tables:")]

    assert not tables.ok
    assert "out of date" in tables.text


def test_examining_changes_nothing_of_the_settings():
    environ = {"TICKETING_ENV": "production", "SECRET_KEY": secrets.token_hex(32)}

    settings, problems = config.examine(environ)

    assert problems == []
    assert settings == config.from_environ(environ)
