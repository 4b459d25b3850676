"""The commands that verify the facts of tickets, and draw a report."""

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from marshmallow import ValidationError

from ticketing.core.errors import flatten
from ticketing.ops.cli import with_database
from ticketing.reports import service
from ticketing.reports.chart import draw
from ticketing.reports.periods import Period
from ticketing.reports.schemas import PeriodQuery
from ticketing.reports.verification import verify_tickets
from ticketing.web.schemas import shared

PROGRESS_EVERY = 50_000  # tickets
MAX_LISTED = 1000

group = AppGroup("reports", help="Reports on tickets.")


@group.command("verify")
@with_database
def verify() -> None:
    """Compare the facts that reports count with the log of every ticket."""
    compared, wrong = 0, []
    for number, ids in verify_tickets():
        wrong += ids
        before, compared = compared, compared + number
        if before // PROGRESS_EVERY < compared // PROGRESS_EVERY:
            click.echo(f"{compared} tickets so far.", err=True)
    if wrong:
        listed = ", ".join(map(str, wrong[:MAX_LISTED]))
        more = len(wrong) - MAX_LISTED
        listed += f" and {more} more" if more > 0 else ""
        raise click.ClickException(f"The log says something else of {listed}.")
    click.echo(f"Compared {compared} tickets with their log: all are right.")


@group.command("chart")
@click.option("--from", "first", metavar="DATE", default="", help="The first day.")
@click.option("--to", "last", metavar="DATE", default="", help="The last day.")
@click.option("--time-zone", metavar="NAME", default="", help="UTC by default.")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@with_database
def chart(first: str, last: str, time_zone: str, file: Path) -> None:
    """Draw how many tickets were opened and resolved on each day, as SVG."""
    period = _load_period({"from": first, "to": last, "time_zone": time_zone})
    picture = draw(period.days, *service.count_by_day(period))
    try:
        file.write_text(picture, "utf-8")
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}.") from error
    click.echo(f"Wrote {file}.")


def _load_period(given: dict[str, str]) -> Period:
    try:
        return shared(PeriodQuery).load(given)["period"]
    except ValidationError as error:
        messages = flatten(error.normalized_messages())
        lines = [
            f"--{name.replace('_', '-')}: {' '.join(texts)}"
            for name, texts in messages.items()
        ]
        raise click.ClickException("\n".join(lines)) from error


def init_app(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(group)
