"""Comments on tickets, public or internal."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes of comments; public ones are a kind of reply."""
    from ticketing.comments.models import Comment
    from ticketing.comments.routes import bp
    from ticketing.tickets.conversation import REPLY_KINDS, ReplyKind
    from ticketing.tickets.schemas import EntryKind
    from ticketing.web.blueprint import register

    public = ReplyKind(EntryKind.COMMENT, Comment, "content", ~Comment.internal)
    REPLY_KINDS.add(app, public)
    register(app, bp)
