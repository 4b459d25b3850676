"""The public configuration for clients, and the page at ``/`` for browsers."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes."""
    from ticketing.site import routes
    from ticketing.web.blueprint import register

    register(app, routes.bp)
    # With strict slashes, an empty path, as in "GET http://host HTTP/1.1", would be
    # redirected.
    app.add_url_rule("/", view_func=routes.home, strict_slashes=False)
