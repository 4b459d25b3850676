"""Chat: the messages between the two sides of a ticket."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register routes, socket events and listeners; add ``unread_count`` to tickets.

    The latest message also contributes to ``waiting_on``.
    """
    from ticketing.chat import handlers, listeners  # noqa: F401
    from ticketing.chat import service, unread
    from ticketing.chat.routes import bp
    from ticketing.tickets.queries import COLUMNS
    from ticketing.tickets.replies import LAST_REPLIES
    from ticketing.web.blueprint import register

    LAST_REPLIES.add(app, service.last_message)
    COLUMNS.add(app, ("unread_count", unread.count_for_viewer))
    register(app, bp)
