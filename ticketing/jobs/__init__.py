"""Jobs: work that is done after the commit of the change that caused it."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the commands, and what is measured and examined."""
    from ticketing.jobs import cli, watching
    from ticketing.jobs.worker import Worker
    from ticketing.ops.findings import CHECKS
    from ticketing.ops.metrics import MEASURES

    app.extensions["ticketing.worker"] = Worker(app)
    MEASURES.add(app, watching.measure)
    CHECKS.add(app, watching.examine)
    cli.init_app(app)
