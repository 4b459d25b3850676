"""Chat: the messages between the two sides of a ticket."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register routes, socket events and listeners; add ``unread_count`` to tickets.

    Messages are added as a kind of reply.
    """
    from ticketing.chat import handlers, listeners, unread  # noqa: F401
    from ticketing.chat.models import Message
    from ticketing.chat.routes import bp
    from ticketing.tickets.conversation import REPLY_KINDS, ReplyKind
    from ticketing.tickets.queries import COLUMNS
    from ticketing.tickets.schemas import EntryKind
    from ticketing.web.blueprint import register

    REPLY_KINDS.add(app, ReplyKind(EntryKind.MESSAGE, Message, "message"))
    COLUMNS.add(app, ("unread_count", unread.count_for_viewer))
    register(app, bp)
