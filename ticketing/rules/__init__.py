"""Rules: assign, escalate and close tickets, and notify admins, by themselves."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes, listeners and jobs, and look for idle tickets."""
    from ticketing.jobs.polls import POLLS
    from ticketing.rules import jobs, listeners, silences  # noqa: F401
    from ticketing.rules.routes import bp
    from ticketing.web.blueprint import register

    POLLS.add(app, silences.poll)
    register(app, bp)
