"""The address under which people reach the service."""

from ticketing.core.settings import setting


def public_url(path: str) -> str:
    """Return the URL of a path, by ``PUBLIC_URL``, never by what a request says.

    Without that setting it is the service's own address in development, and else the
    path alone.

    :param path: from the root of the service, such as ``/console/``.
    """
    base = setting("PUBLIC_URL")
    if not base and setting("TICKETING_ENV") == "development":
        base = f"http://{setting('HOST')}:{setting('PORT')}"
    return f"{base}{path}"
