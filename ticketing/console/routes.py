"""The page at every path under ``/console/``, and its files."""

from flask import Blueprint, Response, send_file

from ticketing.console import page
from ticketing.core.errors import NotFoundError
from ticketing.core.settings import setting

bp = Blueprint("console", __name__, url_prefix="/console")

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATED = "no-cache"


@bp.get("/", defaults={"path": ""}, strict_slashes=False)
@bp.get("/<path:path>")
def show(path: str) -> Response:
    """Return the page, whatever the path: the page reads it."""
    built = page.build(setting("SERVICE_NAME"))
    response = Response(built.html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = built.policy
    response.headers["Cache-Control"] = REVALIDATED
    return response


@bp.get("/-/<version>/<path:name>")
def file(version: str, name: str) -> Response:
    """Return a file of the page.

    One of another version is answered too, since processes are replaced in turns; but
    only the version's own is cached for good.

    :raises NotFoundError: there is no such file.
    """
    path = page.files().get(name)
    if path is None:
        raise NotFoundError
    response = send_file(path, mimetype=page.TYPES[path.suffix], conditional=True)
    is_own = version == page.version()
    response.headers["Cache-Control"] = IMMUTABLE if is_own else REVALIDATED
    return response
