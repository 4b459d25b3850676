"""Operations: what those who run the service learn of what happens in it."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Listen to every other part."""
    from ticketing.operations import listeners  # noqa: F401
