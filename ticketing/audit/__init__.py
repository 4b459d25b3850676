"""The audit log, and counters of what happens in the service."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Listen to every other part."""
    from ticketing.audit import listeners  # noqa: F401
