"""Extension points: let the parts above a part add to its queries and decisions.

A part imports only the parts below it, so it can neither call nor query those above. It
declares ``REPLY_KINDS = ExtensionPoint[ReplyKind]("reply_kinds")``; they add to it in
their ``init_app``. To react to something, or to refuse it, subscribe to an event.
"""

from typing import Generic, TypeVar

from flask import Flask, current_app

T = TypeVar("T")


class ExtensionPoint(Generic[T]):
    """A named list of contributions, kept by each application for itself."""

    def __init__(self, name: str) -> None:
        self._key = f"ticketing.{name}"

    def add(self, app: Flask, contribution: T) -> None:
        """Contribute to an application."""
        app.extensions[self._key] = (*self._of(app), contribution)

    def contributions(self) -> tuple[T, ...]:
        """Return what was contributed to the current application, in order."""
        return self._of(current_app)

    def _of(self, app: Flask) -> tuple[T, ...]:
        return app.extensions.get(self._key, ())
