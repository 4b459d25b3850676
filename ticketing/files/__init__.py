"""Files of comments and messages, and previews of images."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register routes, commands, jobs and listeners, the quota, pruning and a check."""
    from ticketing.files import cli, jobs, listeners, pruning, watching  # noqa: F401
    from ticketing.files.models import size_of_files
    from ticketing.files.routes import bp
    from ticketing.jobs.polls import PRUNING
    from ticketing.ops.findings import CHECKS
    from ticketing.tickets.attachments import SIZES
    from ticketing.web.blueprint import register

    SIZES.add(app, size_of_files)
    PRUNING.add(app, pruning.prune_unused)
    CHECKS.add(app, watching.examine)
    cli.init_app(app)
    register(app, bp)
