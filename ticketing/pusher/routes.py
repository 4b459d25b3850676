"""Grant channels of the Pusher protocol over HTTP: ``POST /broadcasting/auth``."""

from flask import Flask
from marshmallow import fields
from marshmallow.validate import Regexp
from werkzeug.exceptions import HTTPException

from ticketing.accounts.models import Actor
from ticketing.core.auth import current_token, current_user
from ticketing.core.errors import ForbiddenError, TicketingError, describe
from ticketing.core.text import t
from ticketing.history import service
from ticketing.ops.logs import audit_refusal
from ticketing.pusher import protocol
from ticketing.pusher.protocol import SOCKET_ID, Channel, find_channel
from ticketing.realtime.rooms import default_rooms, ticket_room
from ticketing.web.blueprint import Blueprint, register
from ticketing.web.errors import message_of
from ticketing.web.schemas import ResponseSchema, Schema

bp = Blueprint("pusher", __name__, description="Channels of the Pusher protocol")


class AskedSchema(Schema):
    """A channel, and the connection that is to subscribe it."""

    examples = {"socket_id": "123456.7890", "channel_name": "private-ticket.7"}

    socket_id = fields.String(
        required=True, validate=Regexp(SOCKET_ID, error=t("Not of a connection."))
    )
    channel_name = fields.String(required=True)


class GrantSchema(ResponseSchema):
    """The ``auth`` to send in ``pusher:subscribe``."""

    auth = fields.String()


def init_app(app: Flask) -> None:
    """Serve the endpoint where Laravel has it, outside ``/api``."""
    register(app, bp, prefix="")


@bp.post("/broadcasting/auth", errors=[ForbiddenError])
@bp.arguments(AskedSchema, location="form")
@bp.response(200, GrantSchema)
def grant(data: dict[str, str]) -> dict[str, str]:
    """Grant a channel to a connection; whatever is wrong, the answer is 403."""
    channel = find_channel(data["channel_name"])
    if channel.room not in _rooms_of(current_user(), channel):
        raise ForbiddenError
    return {"auth": protocol.grant(data["socket_id"], channel.name, current_token())}


def _rooms_of(actor: Actor, channel: Channel) -> list[str]:
    """Return those rooms that ``actor`` may be in, by the ticket of the channel."""
    if channel.ticket_id is None:
        return default_rooms(actor)
    streams = service.streams_for(actor, channel.ticket_id, None)
    return [ticket_room(channel.ticket_id, stream) for stream in streams]


def _refuse(error: Exception) -> tuple:
    """Answer 403: clients count anything but 200 as a refusal, for good."""
    if isinstance(error, HTTPException):
        refusal = ForbiddenError(message_of(error))
    else:
        refusal = ForbiddenError(protocol.error_text(describe(error).to_dict()))
    audit_refusal(refusal.status, refusal.code)
    return refusal.to_dict(), refusal.status


bp.register_error_handler(TicketingError, _refuse)
bp.register_error_handler(HTTPException, _refuse)
