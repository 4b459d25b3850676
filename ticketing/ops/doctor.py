"""``flask doctor``: check the settings, files, database, Redis and workers.

It also checks a deployment that cannot start: then it runs in an application that has
nothing but the settings.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from shutil import disk_usage
from typing import Any

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from gunicorn.config import Config
from gunicorn.workers import SUPPORTED_WORKERS
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from ticketing.core.database import db, utcnow
from ticketing.core.settings import setting
from ticketing.ops import health
from ticketing.ops.findings import CHECKS, Finding

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
MAX_CLOCK_DRIFT = timedelta(seconds=5)
SIGNING_KEYS = {"SECRET_KEY", "JWT_SECRET_KEY"}
ORIGINS = {"CORS_ORIGINS"}
FILES = {"UPLOAD_DIR"}


def bare_app(settings: Mapping[str, Any]) -> Flask:
    """Return an application that has the database and nothing else."""
    app = Flask("ticketing")
    app.config.from_mapping(settings)
    db.init_app(app)
    return app


def init_app(app: Flask, settings: Mapping[str, Any], problems: Sequence[str]) -> None:
    """Add the command.

    :param settings: the configuration that the service would start with.
    :param problems: a sentence for each reason not to start; its first word is the
        name of a setting.
    """

    @app.cli.command("doctor")
    def doctor() -> None:
        """Check this deployment; fail if anything is wrong with it."""
        findings = list(examine(settings, problems))
        for finding in findings:
            click.echo(f"{'ok' if finding.ok else 'wrong':<6} {finding.text}")
        if not all(finding.ok for finding in findings):
            raise click.exceptions.Exit(1)


def examine(settings: Mapping[str, Any], problems: Sequence[str]) -> Iterator[Finding]:
    """Run every check.

    The database and Redis are not checked if the setting that names them is wrong.
    """
    wrong = {problem.split()[0] for problem in problems}
    yield from (Finding(False, problem) for problem in problems)
    yield from _settings(settings, wrong)
    yield _workers(settings)
    if "DATABASE_URL" not in wrong:
        yield from _database()
    if "REDIS_URL" not in wrong:
        yield _redis()


def _settings(settings: Mapping[str, Any], wrong: set[str]) -> Iterator[Finding]:
    """Report the settings that are right."""
    if not wrong - SIGNING_KEYS - ORIGINS - FILES:
        yield Finding(True, f"settings: those of {settings['TICKETING_ENV']}.")
    if not wrong & SIGNING_KEYS:
        yield Finding(True, f"secrets: good enough for {settings['TICKETING_ENV']}.")
    if not wrong & ORIGINS:
        origins = ", ".join(settings["CORS_ORIGINS"]) or "none but the service's own"
        yield Finding(True, f"origins: {origins}.")
    if not wrong & FILES:
        free = disk_usage(settings["UPLOAD_DIR"]).free // 1024**2
        yield Finding(True, f"uploads: UPLOAD_DIR can be written, {free:,} MiB free.")


def _workers(settings: Mapping[str, Any]) -> Finding:
    """Check the workers that gunicorn would start without further options."""
    config = Config()
    given = config.parser().parse_args(config.get_cmd_args_from_env())
    mode = settings["SOCKETIO_ASYNC_MODE"]
    needed = "eventlet" if mode == "eventlet" else "gthread"
    kind, count = given.worker_class or needed, given.workers or 1
    if needed not in SUPPORTED_WORKERS:
        return Finding(
            False,
            f"workers: gunicorn {version('gunicorn')} has no {needed}: "
            "run pip install -r requirements.txt.",
        )
    if (kind, count) != (needed, 1):
        return Finding(
            False,
            f"workers: GUNICORN_CMD_ARGS asks for {count} of {kind}, but a process "
            f"must be 1 of {needed}: unset it, and start several processes instead.",
        )
    if given.preload_app:
        return Finding(
            False,
            "workers: GUNICORN_CMD_ARGS asks to preload, but the worker must load the "
            "application, once it has prepared for it: unset it.",
        )
    processes = settings["PROCESSES"]
    return Finding(True, f"workers: 1 of {needed} a process; PROCESSES={processes}.")


def _database() -> Iterator[Finding]:
    """Check the database, its tables and its clock."""
    try:
        with db.engine.connect() as connection:
            yield Finding(True, f"database: {connection.dialect.name} answers.")
            tables = _tables(connection)
            yield tables
            yield _clock(connection)
        if tables.ok:
            for check in CHECKS.contributions():
                yield from check()
    except SQLAlchemyError as error:
        why = getattr(error, "orig", None) or error
        yield Finding(
            False,
            f"database: it does not answer ({why}): start it, let its user in, or "
            "correct DATABASE_URL.",
        )


def _tables(connection: Connection) -> Finding:
    """Compare the tables' revision with the newest migration."""
    newest = set(ScriptDirectory(str(MIGRATIONS)).get_heads())
    found = set(MigrationContext.configure(connection).get_current_heads())
    if found == newest:
        return Finding(True, "tables: up to date.")
    state = "out of date" if found else "missing"
    return Finding(False, f"tables: they are {state}: run flask db upgrade.")


def _clock(connection: Connection) -> Finding:
    """Compare this machine's clock with the database's."""
    sqlite = connection.dialect.name == "sqlite"
    now = "CURRENT_TIMESTAMP" if sqlite else "CAST(UTC_TIMESTAMP() AS CHAR)"
    there = datetime.fromisoformat(connection.scalar(text(f"SELECT {now}")))
    drift = utcnow().replace(tzinfo=None) - there
    if abs(drift) < MAX_CLOCK_DRIFT:
        return Finding(True, "clock: as the database's.")
    return Finding(
        False,
        f"clock: {drift.total_seconds():+.0f} s from the database's: set both by NTP.",
    )


def _redis() -> Finding:
    """Check whether Redis answers; if none is configured, whether none is needed."""
    if not setting("REDIS_URL"):
        if setting("PROCESSES") > 1:
            return Finding(False, "redis: several processes need one: set REDIS_URL.")
        if setting("WORKER") == "inside":
            return Finding(True, "redis: none is configured; one process needs none.")
        return Finding(
            False,
            "redis: none is configured, so with WORKER=separate lists of tickets miss "
            "what workers do: set REDIS_URL.",
        )
    if health.redis_answers():
        return Finding(True, "redis: it answers.")
    return Finding(False, "redis: it does not answer: start it, or correct REDIS_URL.")
