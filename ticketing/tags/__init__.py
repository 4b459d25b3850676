"""Tags: labels by which admins sort tickets; customers do not see them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes; add the field and the filter of tickets."""
    from ticketing.tags import queries
    from ticketing.tags.routes import bp
    from ticketing.tickets.queries import COLUMNS, FILTERS, AddedFilter
    from ticketing.web.blueprint import register

    COLUMNS.add(app, ("tags", queries.names_on_ticket))
    FILTERS.add(
        app,
        AddedFilter(
            "tag",
            queries.is_among_tagged,
            queries.has_tag,
            queries.are_common,
        ),
    )
    register(app, bp)
