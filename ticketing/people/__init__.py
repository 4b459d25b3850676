"""Personal data: export it, and erase it once the account is closed."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the route, the command, the listener and the job."""
    from ticketing.people import cli, jobs, listeners  # noqa: F401
    from ticketing.people.routes import bp
    from ticketing.web.blueprint import register

    cli.init_app(app)
    register(app, bp)
