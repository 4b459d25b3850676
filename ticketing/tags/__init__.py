"""Tags: words by which admins sort tickets; customers see none of them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes; add the field and the filter of tickets."""
    from ticketing.tags.queries import names_on_ticket, tagged_with
    from ticketing.tags.routes import bp
    from ticketing.tickets.queries import COLUMNS, FILTERS
    from ticketing.web.blueprint import register

    COLUMNS.add(app, ("tags", names_on_ticket))
    FILTERS.add(app, ("tag", tagged_with))
    register(app, bp)
