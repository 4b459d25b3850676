"""Listeners that write the audit log and count messages."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Subscribe to the events of the other parts."""
    from ticketing.audit import listeners  # noqa: F401
