"""Search: the tickets one of whose texts has certain words."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the listeners and the commands, and find tickets by words."""
    from ticketing.search import cli, listeners, queries  # noqa: F401
    from ticketing.tickets.queries import SEARCH

    SEARCH.add(app, queries.search_tickets)
    cli.init_app(app)
