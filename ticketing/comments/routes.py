"""Comments over HTTP."""

from typing import Any

from marshmallow import fields

from ticketing.comments import service
from ticketing.comments.models import Comment
from ticketing.comments.schemas import (
    CommentAddSchema,
    CommentEditSchema,
    CommentSchema,
)
from ticketing.core.auth import current_user
from ticketing.core.errors import ForbiddenError
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page
from ticketing.history.service import ConversationMovedError
from ticketing.tickets.access import TicketClosedError
from ticketing.web.blueprint import Blueprint
from ticketing.web.pages import ConversationQuery
from ticketing.web.schemas import IdempotencyHeader

bp = Blueprint("comments", __name__, description="Comments on tickets")


@bp.get("/tickets/<id:ticket_id>/comments")
@bp.arguments(ConversationQuery, location="query")
@bp.page(CommentSchema, fields.Integer)
def index(query: dict[str, Any], ticket_id: int) -> Page[Any]:
    """List a ticket's comments; each page is ordered from oldest to newest."""
    return service.list_comments(current_user(), ticket_id, **query)


@bp.post(
    "/tickets/<id:ticket_id>/comments",
    errors=[ForbiddenError, TicketClosedError, ConversationMovedError],
)
@bp.arguments(IdempotencyHeader, location="headers")
@bp.arguments(CommentAddSchema)
@bp.created(CommentSchema, "/api/comments/{0.id}")
def add(
    header: dict[str, Any], data: dict[str, Any], ticket_id: int
) -> Created[Comment]:
    """Add a comment to a ticket."""
    return service.add_comment(current_user(), ticket_id, **header, **data)


@bp.get("/comments/<id:comment_id>")
@bp.response(200, CommentSchema)
def show(comment_id: int) -> Comment:
    """Show a comment."""
    return service.get_comment(current_user(), comment_id)


@bp.route(
    "/comments/<id:comment_id>",
    methods=["PUT", "PATCH"],
    errors=[ForbiddenError, TicketClosedError],
)
@bp.arguments(CommentEditSchema)
@bp.response(200, CommentSchema)
def edit(data: dict[str, Any], comment_id: int) -> Comment:
    """Replace the text of one's own comment."""
    return service.edit_comment(current_user(), comment_id, **data)


@bp.delete("/comments/<id:comment_id>", errors=[ForbiddenError])
@bp.response(204)
def delete(comment_id: int) -> None:
    """Delete one's own comment, or as an admin any comment."""
    service.delete_comment(current_user(), comment_id)
