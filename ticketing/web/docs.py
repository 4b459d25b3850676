"""Serve Swagger UI at ``/docs``, from the package's own assets."""

from flask import Flask, Response
from flask_swagger_ui import get_swaggerui_blueprint

# Swagger UI's page has an inline script and inline styles.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'"
)


def init_app(app: Flask) -> None:
    """Serve ``/docs``."""
    # Without a redirect URL, it would write one made of the Host header into a script.
    config = {"app_name": "Ticketing", "oauth2RedirectUrl": ""}
    blueprint = get_swaggerui_blueprint("/docs", "/openapi.json", config=config)
    blueprint.after_request(_set_policy)
    app.register_blueprint(blueprint)
    # Without this, /docs would be redirected to /docs/, by a page of HTML.
    app.add_url_rule("/docs", endpoint=f"{blueprint.name}.show")


def _set_policy(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    return response
