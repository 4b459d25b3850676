"""The service as clients and browsers meet it first: its configuration, and ``/``."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes."""
    from ticketing.site import routes
    from ticketing.web.blueprint import register

    register(app, routes.bp)
    # Strict, it would redirect an empty path, as in "GET http://host HTTP/1.1".
    app.add_url_rule("/", view_func=routes.home, strict_slashes=False)
