"""Read the application's settings without knowing Flask."""

from typing import Any

from flask import current_app


def setting(name: str) -> Any:
    """Return a value of the current application's configuration."""
    return current_app.config[name]


def sends_mail() -> bool:
    """Return whether the service sends mails at all, by ``MAIL_URL``."""
    return setting("MAIL_URL") != "none"
