"""Messages over Socket.IO, by the same use cases as over HTTP."""

from typing import Any

from ticketing.chat import service
from ticketing.chat.schemas import (
    LiveReadSchema,
    LiveSendSchema,
    MessageSchema,
    UnreadSchema,
)
from ticketing.core.auth import current_user
from ticketing.core.errors import NotFoundError
from ticketing.core.idempotency import IdempotencyConflictError
from ticketing.history.service import ConversationMovedError
from ticketing.tickets.access import TicketClosedError
from ticketing.web.schemas import Serialized
from ticketing.web.sockets import client_event


@client_event(
    "message.send",
    LiveSendSchema,
    MessageSchema,
    errors=[
        NotFoundError,
        TicketClosedError,
        IdempotencyConflictError,
        ConversationMovedError,
    ],
)
def send(data: dict[str, Any]) -> Serialized:
    """Send a message."""
    return service.send_message(current_user(), **data).resource


@client_event("message.read", LiveReadSchema, UnreadSchema, errors=[NotFoundError])
def read(data: dict[str, Any]) -> dict[str, int]:
    """Mark the other side's messages as read, up to and including ``up_to``."""
    return service.read_messages(current_user(), **data)
