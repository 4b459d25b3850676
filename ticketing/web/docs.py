"""The documentation in a browser: Swagger UI, from the package's own assets."""

from flask import Flask, Response
from flask_swagger_ui import get_swaggerui_blueprint

# Swagger UI starts itself from a script, and styles itself, inside its page.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'"
)


def init_app(app: Flask) -> None:
    """Serve ``/docs``."""
    # Given none, it would make one of the Host that the request names, in a script.
    config = {"app_name": "Ticketing", "oauth2RedirectUrl": ""}
    blueprint = get_swaggerui_blueprint("/docs", "/openapi.json", config=config)
    blueprint.after_request(_admit_page)
    app.url_map.strict_slashes = False  # /docs is the page: a redirect would be HTML
    app.register_blueprint(blueprint)
    app.url_map.strict_slashes = True


def _admit_page(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    return response
