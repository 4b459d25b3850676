"""Read requests strictly, and at most so much of them."""

from flask import Flask

from ticketing.web.forms import StrictRequest
from ticketing.web.json import StrictJSON

ATTACHMENT_BYTES = 10 * 1024 * 1024
FORM_BYTES = 1024 * 1024  # of a form, beside its file


def init_app(app: Flask) -> None:
    """Set the parsers and the limits; there are no cookies, so no secret signs them."""
    app.json = StrictJSON(app)
    app.request_class = StrictRequest
    app.config.setdefault("ATTACHMENT_BYTES", ATTACHMENT_BYTES)
    app.config["MAX_CONTENT_LENGTH"] = app.config["ATTACHMENT_BYTES"] + FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = FORM_BYTES
    app.config["SECRET_KEY"] = None
