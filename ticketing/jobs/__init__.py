"""Jobs: work that is done after the commit of the change that caused it."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the worker, the commands, and what is measured, examined and pruned."""
    from ticketing.jobs import cli, service, watching
    from ticketing.jobs.polls import PRUNING
    from ticketing.jobs.worker import Worker
    from ticketing.ops.findings import CHECKS
    from ticketing.ops.metrics import MEASURES

    app.extensions["ticketing.worker"] = Worker(app)
    PRUNING.add(app, service.prune)
    MEASURES.add(app, watching.measure)
    CHECKS.add(app, watching.examine)
    cli.init_app(app)
