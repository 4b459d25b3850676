"""Search: find tickets by the words of their texts."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the listeners, the command, and the search of tickets."""
    from ticketing.search import cli, listeners, queries  # noqa: F401
    from ticketing.tickets.queries import SEARCH

    SEARCH.add(app, queries.search_tickets)
    cli.init_app(app)
