"""Rules: automation that assigns, escalates and closes tickets, and notifies admins."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes, the listeners, the job, and the poll for idle tickets."""
    from ticketing.jobs.polls import POLLS
    from ticketing.rules import jobs, listeners, silences  # noqa: F401
    from ticketing.rules.routes import bp
    from ticketing.web.blueprint import register

    POLLS.add(app, silences.poll)
    register(app, bp)
