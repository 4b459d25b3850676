"""Send stored files as downloads that no browser shows or runs, and previews."""

import re
import unicodedata
from pathlib import Path
from urllib.parse import quote

from flask import Response, send_file

# A browser that opens the file after all runs nothing in it, and loads nothing.
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
# Browsers disagree on quoted characters and on percent signs (RFC 6266, appendix D).
UNSAFE = re.compile(r'["%\\]')
ATTR_CHARS = "!#$&+-.^_`|~"  # RFC 8187, beside letters and digits


def send_download(path: Path, name: str, content_type: str) -> Response:
    """Return a response that a browser saves under a name.

    :param content_type: sent as it is. A charset is never added: that of a text is
        not known.
    """
    response = _send(path, content_type)
    response.headers.set("Content-Disposition", "attachment", **_names(name))
    return response


def send_image(path: Path) -> Response:
    """Return a response with a preview, which browsers may show."""
    response = _send(path, "image/webp")
    response.headers["Content-Disposition"] = "inline"
    return response


def _send(path: Path, content_type: str) -> Response:
    """Return a response with a whole file, never a part of it, nor a 304."""
    response = send_file(path, content_type, conditional=False, etag=False)
    response.headers["Content-Type"] = content_type  # without the charset of Werkzeug
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def ascii_name(name: str) -> str:
    """Return a file name for clients that know only ASCII names.

    It begins with a letter or digit, for one that begins with a dot would be hidden.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    safe = UNSAFE.sub("_", plain).strip().rstrip(". ")
    return safe if safe[:1].isalnum() else f"attachment{safe}"


def _names(name: str) -> dict[str, str]:
    """Return the parameters of RFC 6266 for a file name."""
    if name.isascii() and not UNSAFE.search(name):
        return {"filename": name}
    encoded = quote(name, safe=ATTR_CHARS)
    return {"filename": ascii_name(name), "filename*": f"UTF-8''{encoded}"}
