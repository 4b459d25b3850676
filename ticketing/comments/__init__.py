"""Comments on tickets, public or internal."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes of comments, and their contribution to ``waiting_on``."""
    from ticketing.comments import service
    from ticketing.comments.routes import bp
    from ticketing.tickets.replies import LAST_REPLIES
    from ticketing.web.blueprint import register

    LAST_REPLIES.add(app, service.last_public_comment)
    register(app, bp)
