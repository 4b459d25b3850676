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
    one_key,
)
from ticketing.web.blueprint import Blueprint
from ticketing.core.idempotency import Created
from ticketing.core.auth import current_user
from ticketing.core.pages import Page
from ticketing.web.schemas import IdempotencyHeader, Serialized
from ticketing.tickets.access import TicketClosedError

bp = Blueprint("chat", __name__, description="The chat of a ticket")


@bp.get("/tickets/<id:ticket_id>/messages")
@bp.arguments(MessagesQuery, location="query")
@bp.page(MessageSchema, fields.Integer)
def index(query: dict[str, Any], ticket_id: int) -> Page[Any]:
    """List a ticket's messages in the order they were sent, and mark them as read."""
    query["mark_read"] &= request.method == "GET"  # HEAD marks nothing
    return service.list_messages(current_user(), ticket_id, **query)


@bp.post(
    "/tickets/<id:ticket_id>/messages",
    errors=[TicketClosedError, service.ConversationMovedError],
)
@bp.arguments(IdempotencyHeader, location="headers")
@bp.arguments(MessageSendSchema)
@bp.created(MessageSchema, "/api/messages/{0.id}")
def send(
    header: dict[str, Any], data: dict[str, Any], ticket_id: int
) -> Created[Serialized]:
    """Send a message; its ``client_id`` may also come as Idempotency-Key."""
    data["client_id"] = one_key(header["key"], data["client_id"])
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
    """Mark the other side's messages as read; return how many remain unread."""
    return service.read_messages(current_user(), ticket_id, **data)


@bp.get("/messages/unread-count")
@bp.response(200, UnreadSchema)
def count() -> dict[str, int]:
    """Count the caller's unread messages in all tickets."""
    return {"unread_count": unread.count_for(current_user().id)}
