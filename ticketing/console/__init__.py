"""The console: what people see, one page of ES modules under ``/console/``.

No build step: the modules are served as they are. Begin to read in ``app.js``.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve the page and its modules."""
    from ticketing.console import routes

    app.register_blueprint(routes.bp)
