"""Write the audit log, and count messages."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the listeners."""
    from ticketing.audit import listeners  # noqa: F401
