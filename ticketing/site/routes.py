"""The configuration over HTTP, and the redirection of browsers from ``/``."""

from typing import Any

from flask import Response, request

from ticketing.core.errors import NotFoundError
from ticketing.core.text import t
from ticketing.site import service
from ticketing.site.schemas import ConfigSchema
from ticketing.web.blueprint import Blueprint

bp = Blueprint("site", __name__, description="The service itself")

HOME = "/console/"  # where browsers are sent
CACHED = {"Cache-Control": "public, max-age=300"}


class NoPageError(NotFoundError):
    """The client does not name HTML in ``Accept``; there is only a page at ``/``."""

    message = t("There is nothing at this path.")
    headers = {"Vary": "Accept, Accept-Language"}


@bp.get("/config", public=True)
@bp.response(200, ConfigSchema)
def config() -> tuple[dict[str, Any], dict[str, str]]:
    """Show the configuration of this deployment that clients need before a login."""
    return service.get_config(), CACHED


def home() -> Response:
    """Redirect browsers to a page.

    :raises NoPageError: the client does not ask for HTML.
    """
    if not _names_html():
        raise NoPageError
    headers = {"Location": request.root_path + HOME, "Vary": "Accept"}
    return Response(status=302, headers=headers, mimetype="text/plain")


def _names_html() -> bool:
    """Return whether ``Accept`` names HTML itself, as that of browsers does."""
    return any(
        name.lower().partition(";")[0] == "text/html" and quality > 0
        for name, quality in request.accept_mimetypes
    )
