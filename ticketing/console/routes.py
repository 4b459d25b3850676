"""The page at every path under ``/console/``, and its files."""

from flask import Blueprint, Response, request, send_file

from ticketing.console import page
from ticketing.console.texts import texts_in
from ticketing.core.errors import NotFoundError
from ticketing.core.settings import setting
from ticketing.core.text import TRANSLATIONS, Language

bp = Blueprint("console", __name__, url_prefix="/console")

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATED = "no-cache"


@bp.get("/", defaults={"path": ""}, strict_slashes=False)
@bp.get("/<path:path>")
def show(path: str) -> Response:
    """Return the page, whatever the path: the page reads it."""
    return _respond(page.build(setting("SERVICE_NAME")))


@bp.get(f"/{page.OFFLINE}")
def show_offline() -> Response:
    """Return what the service worker shows without a network."""
    return _respond(page.build(setting("SERVICE_NAME"), page.OFFLINE))


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """Return what browsers that install the page ask for."""
    text = page.manifest(setting("SERVICE_NAME"))
    response = Response(text, mimetype="application/manifest+json")
    response.headers["Cache-Control"] = REVALIDATED
    return response


@bp.get("/service-worker.js")
def service_worker() -> Response:
    """Return the service worker: it serves the folder of its address, and below."""
    path = page.FOLDER / "service_worker.js"
    response = send_file(path, mimetype=page.TYPES[path.suffix], conditional=True)
    response.headers["Content-Security-Policy"] = page.WORKER_POLICY
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
    return _cached(response, version)


@bp.get("/-/<version>/languages/<language>.json")
def texts(version: str, language: str) -> Response:
    """Return the texts of the page in another language; it is cached as files are.

    :raises NotFoundError: there are none in this language.
    """
    if language not in TRANSLATIONS:
        raise NotFoundError
    body = texts_in(Language(language))
    response = Response(body, mimetype="application/json")
    response.add_etag()
    response.make_conditional(request)
    return _cached(response, version)


def _cached(response: Response, version: str) -> Response:
    is_own = version == page.version()
    response.headers["Cache-Control"] = IMMUTABLE if is_own else REVALIDATED
    return response


def _respond(built: page.Page) -> Response:
    response = Response(built.html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = built.policy
    response.headers["Cache-Control"] = REVALIDATED
    return response
