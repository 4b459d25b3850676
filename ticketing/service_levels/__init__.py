"""Service levels: how soon tickets are to be answered and resolved, and are."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes, listeners, job, poll and command; add the field of tickets.

    The filter and the order by what is due are those of columns of tickets.
    """
    from ticketing.jobs.polls import POLLS
    from ticketing.service_levels import alarms, cli, jobs, listeners  # noqa: F401
    from ticketing.service_levels import queries
    from ticketing.service_levels.routes import bp
    from ticketing.tickets.queries import COLUMNS
    from ticketing.web.blueprint import register

    COLUMNS.add(app, ("sla", queries.targets_on_ticket))
    POLLS.add(app, alarms.emit_due)
    cli.init_app(app)
    register(app, bp)
