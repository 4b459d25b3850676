"""What the deployment has settled, for those who know nothing of Flask."""

from typing import Any

from flask import current_app


def setting(name: str) -> Any:
    """Return a value of the application's configuration."""
    return current_app.config[name]
