"""The commands that do jobs, list, retry and delete them."""

import json
import signal
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from ticketing.core.database import LARGEST_ID
from ticketing.jobs import leasing, service
from ticketing.jobs.models import Job, State
from ticketing.jobs.worker import worker
from ticketing.ops.cli import with_database

COLUMNS = ("id", "state", "kind", "due_at", "attempts", "last_error")

group = AppGroup("jobs", help="Work that is done later, such as mails and webhooks.")


@click.command("worker")
@with_database
def work() -> None:
    """Do jobs until SIGTERM or SIGINT; for WORKER=separate."""
    leasing.due_pools()  # says so if there is no database
    working = worker()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: working.stop())
    click.echo("Working.")
    working.run()


@group.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in State]),
    help="Only those in this state; by default all but the done ones.",
)
@click.option("--json", "as_json", is_flag=True, help="An object a line.")
@with_database
def show(states: tuple[str, ...], as_json: bool) -> None:
    """List jobs."""
    shown = [State(state) for state in states] or [*set(State) - {State.DONE}]
    for job in service.list_jobs(shown):
        fields = _shown(job)
        values = ("-" if value is None else str(value) for value in fields.values())
        click.echo(json.dumps(fields) if as_json else "  ".join(values))


@group.command("retry")
@click.argument("ids", nargs=-1, type=click.IntRange(1, LARGEST_ID))
@click.option("--failed", is_flag=True, help="All that have failed.")
@with_database
def retry(ids: tuple[int, ...], failed: bool) -> None:
    """Do failed jobs again, by their ids or all of them."""
    if bool(ids) == failed:
        raise click.UsageError("Name the ids of jobs, or --failed.")
    retried = service.retry() if failed else service.retry(Job.id.in_(ids))
    click.echo(f"Retrying {_counted(len(retried))}.")
    if others := sorted(set(ids) - set(retried)):
        listed = ", ".join(map(str, others))
        raise click.ClickException(f"These have not failed: {listed}.")


@group.command("prune")
@with_database
def prune() -> None:
    """Delete the jobs that were done more than 7 days ago, as workers do hourly."""
    click.echo(f"Pruned {_counted(service.prune())}.")


def init_app(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(work)
    app.cli.add_command(group)


def _counted(count: int) -> str:
    return f"{count} job{'s' if count != 1 else ''}"


def _shown(job: Job) -> dict[str, Any]:
    values = {name: getattr(job, name) for name in COLUMNS}
    if job.last_status is not None:
        values["last_error"] = f"{job.last_error} {job.last_status}"
    return {**values, "due_at": job.due_at and job.due_at.isoformat()}
