"""Service levels: goals for the time until tickets are answered and resolved."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes, listeners, job, poll and command; add the field of tickets.

    The filter ``sla`` and the order ``due_at`` need nothing here: ``tickets`` reads
    them from columns of its own.
    """
    from ticketing.jobs.polls import POLLS
    from ticketing.service_levels import (  # noqa: F401
        alarms,
        cli,
        jobs,
        listeners,
        queries,
    )
    from ticketing.service_levels.routes import bp
    from ticketing.tickets.queries import COLUMNS
    from ticketing.web.blueprint import register

    COLUMNS.add(app, ("sla", queries.targets_on_ticket))
    POLLS.add(app, alarms.emit_due)
    cli.init_app(app)
    register(app, bp)
