"""How requests are read: strict JSON, strict forms, and of bounded size."""

from flask import Flask

from ticketing.web.forms import StrictRequest
from ticketing.web.json import StrictJSON

ATTACHMENT_BYTES = 10 * 1024 * 1024
FORM_BYTES = 1024 * 1024  # what may come beside the file


def init_app(app: Flask) -> None:
    """Read requests strictly; there are no session cookies to sign, or to read."""
    app.json = StrictJSON(app)
    app.request_class = StrictRequest
    app.config.setdefault("ATTACHMENT_BYTES", ATTACHMENT_BYTES)
    app.config["MAX_CONTENT_LENGTH"] = app.config["ATTACHMENT_BYTES"] + FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = FORM_BYTES
    app.config["SECRET_KEY"] = None
