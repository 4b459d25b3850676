"""Mail: notify people by e-mail, in their language, of what they want to know of."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes, the kinds of jobs, the listeners and the command."""
    from ticketing.mail import cli, jobs, listeners  # noqa: F401
    from ticketing.mail.routes import bp, pages
    from ticketing.web.blueprint import register

    register(app, bp)
    app.register_blueprint(pages)
