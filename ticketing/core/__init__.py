"""The kernel every resource stands on. It knows no resource."""

from flask import Flask

from ticketing.core.offload import Offload

ATTACHMENT_BYTES = 10 * 1024 * 1024
FORM_BYTES = 1024 * 1024  # what may come beside the file


def init_app(app: Flask, offload: Offload | None, migrates: bool) -> None:
    """Attach the extensions, and serve what is no resource."""
    from ticketing.core import api, database, docs, headers, health, limits, logs
    from ticketing.core import idempotency  # noqa: F401
    from ticketing.core import offload as offloading
    from ticketing.core.database import db
    from ticketing.core.extensions import jwt
    from ticketing.core.forms import StrictRequest
    from ticketing.core.identity import ALGORITHM
    from ticketing.core.strict_json import StrictJSON

    logs.init_app(app)
    app.json = StrictJSON(app)
    app.request_class = StrictRequest
    app.config.setdefault("ATTACHMENT_BYTES", ATTACHMENT_BYTES)
    app.config["MAX_CONTENT_LENGTH"] = app.config["ATTACHMENT_BYTES"] + FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = FORM_BYTES
    app.config["SECRET_KEY"] = None  # there are no session cookies to sign, or to read
    app.config["JWT_ALGORITHM"] = ALGORITHM
    database.init_app(app)
    if migrates:
        from flask_migrate import Migrate

        Migrate(app, db)
    jwt.init_app(app)
    limits.init_app(app)
    offloading.init_app(app, offload)
    headers.init_app(app)
    api.init_app(app)
    api.register(app, health.bp, prefix="")
    docs.init_app(app)


def complete_document(app: Flask) -> None:
    """Document what takes knowing every part."""
    from ticketing.core import api

    api.complete_document(app)
