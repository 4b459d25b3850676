"""Comments: the written discussion of a ticket."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Serve comments under ``/api``; tickets ask it for the latest one."""
    from ticketing.comments import service
    from ticketing.comments.routes import bp
    from ticketing.tickets.replies import LAST_REPLIES
    from ticketing.web.blueprint import register

    LAST_REPLIES.add(app, service.last_public_comment)
    register(app, bp)
