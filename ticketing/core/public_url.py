"""The address under which people reach the service."""

from ticketing.core.settings import setting


def own_address() -> str:
    """Return the address at which ``python wsgi.py`` serves, as a URL has it."""
    host = setting("HOST")
    return f"http://{f'[{host}]' if ':' in host else host}:{setting('PORT')}"


def public_url(path: str) -> str:
    """Return the URL of a path, by ``PUBLIC_URL``, never by what a request says.

    Without that setting it is the service's own address in development, and else the
    path alone.

    :param path: from the root of the service, such as ``/console/``.
    """
    base = setting("PUBLIC_URL")
    if not base and setting("TICKETING_ENV") == "development":
        base = own_address()
    return f"{base}{path}"
