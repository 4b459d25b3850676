"""Messages over HTTP."""

from typing import Any

from flask import request
from marshmallow import fields

from ticketing.chat import service, unread
from ticketing.chat.models import Message
from ticketing.chat.schemas import (
    MessageSchema,
    MessageSendSchema,
    MessagesQuery,
    ReadSchema,
    UnreadSchema,
    idempotency_key,
)
from ticketing.core.auth import current_user
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page
from ticketing.history.service import ConversationMovedError
from ticketing.tickets.access import TicketClosedError
from ticketing.web.blueprint import Blueprint
from ticketing.web.schemas import IdempotencyHeader, Serialized

bp = Blueprint("chat", __name__, description="The chat messages of tickets")


@bp.get("/tickets/<id:ticket_id>/messages")
@bp.arguments(MessagesQuery, location="query")
@bp.page(MessageSchema, fields.Integer)
def index(query: dict[str, Any], ticket_id: int) -> Page[Any]:
    """List a ticket's messages, and mark them as read.

    Each page is ordered from oldest to newest; ``is_read`` is as it was before.
    """
    query["mark_read"] &= request.method == "GET"  # HEAD changes nothing
    return service.list_messages(current_user(), ticket_id, **query)


@bp.post(
    "/tickets/<id:ticket_id>/messages",
    errors=[TicketClosedError, ConversationMovedError],
)
@bp.arguments(IdempotencyHeader, location="headers")
@bp.arguments(MessageSendSchema)
@bp.created(MessageSchema, "/api/messages/{0.id}")
def send(
    header: dict[str, Any], data: dict[str, Any], ticket_id: int
) -> Created[Serialized]:
    """Send a message; ``client_id`` and ``Idempotency-Key`` mean the same."""
    data["client_id"] = idempotency_key(header["key"], data["client_id"])
    return service.send_message(current_user(), ticket_id, **data)


@bp.get("/messages/<id:message_id>")
@bp.response(200, MessageSchema)
def show(message_id: int) -> Message:
    """Show a message."""
    return service.get_message(current_user(), message_id)


@bp.post("/tickets/<id:ticket_id>/messages/read")
@bp.arguments(ReadSchema)
@bp.response(200, UnreadSchema)
def read(data: dict[str, Any], ticket_id: int) -> dict[str, int]:
    """Mark the other side's messages as read, up to and including ``up_to``.

    The response counts the ticket's messages that remain unread.
    """
    return service.read_messages(current_user(), ticket_id, **data)


@bp.get("/messages/unread-count")
@bp.response(200, UnreadSchema)
def count() -> dict[str, int]:
    """Count the caller's unread messages in all tickets.

    For customers, these are the messages of support in their tickets. For admins, they
    are those of customers in tickets assigned to them, and those of support in tickets
    of their own.
    """
    return {"unread_count": unread.count_for_user(current_user().id)}
