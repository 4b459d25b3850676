"""From what was committed to the rooms that hear it."""

from typing import Any

from marshmallow import fields

from ticketing.accounts.events import StandingChanged, TokensRevoked
from ticketing.chat import unread
from ticketing.chat.events import UnreadChanged
from ticketing.chat.schemas import MessageSchema, ReadingSchema, UnreadSchema
from ticketing.comments.schemas import CommentStateSchema
from ticketing.core.database import utcnow
from ticketing.web.extensions import socketio
from ticketing.web.sockets import ANNOUNCED, announces
from ticketing.web.schemas import ShownSchema
from ticketing.core.transaction import after_commit
from ticketing.core.turns import Turn
from ticketing.realtime import connections, positions
from ticketing.realtime.news import News, reacts_to
from ticketing.realtime.rooms import LOBBY, is_heard_here, room_for, room_of
from ticketing.tickets.events import TicketDeleted
from ticketing.tickets.models import Side
from ticketing.tickets.schemas import TicketStateSchema
from ticketing.history.events import EntryRecorded
from ticketing.history.models import Stream
from ticketing.history.schemas import EntryHeaderSchema

HEARD_IN_LOBBY = {"ticket.created", "ticket.updated"}
OF_TICKET = "all admins and its customer, without joining"
OF_ROOM = "whoever joined"
OF_ROOMS = "whoever joined; of an internal one, the admins among them"


class UpdatedSchema(TicketStateSchema):
    """A ticket, and what was changed of it: ``{field: [old, new]}``."""

    changes = fields.Dict(keys=fields.String(), values=fields.List(fields.Raw()))


class GoneSchema(ShownSchema):
    """The id of what is gone."""

    id = fields.Integer()


class DeletionSchema(EntryHeaderSchema):
    """By whom a ticket was deleted, and when; its numbering is gone with it."""

    optional = frozenset({"internal", "seq"})


for name, payload, by in (
    ("ticket.created", TicketStateSchema, OF_TICKET),
    ("ticket.updated", UpdatedSchema, f"{OF_TICKET}; and {OF_ROOM}: once each"),
    ("comment.added", CommentStateSchema, OF_ROOMS),
    ("comment.edited", CommentStateSchema, OF_ROOMS),
    ("comment.deleted", GoneSchema, OF_ROOMS),
    ("message.sent", MessageSchema, OF_ROOM),
    ("message.read", ReadingSchema, OF_ROOM),
):
    announces(name, payload, by, EntryHeaderSchema)
DELETED = announces(
    "ticket.deleted", GoneSchema, f"{OF_TICKET}; and {OF_ROOM}", DeletionSchema
)
UNREAD = announces(
    "unread.changed", UnreadSchema, "the user whose total changed, without joining"
)


@after_commit(EntryRecorded)
def tell_room(recorded: EntryRecorded) -> None:
    """Emit an entry under its name, as ``(payload, event)``: nothing added or lost."""
    event = dict(recorded.entry)
    payload = event.pop("payload")
    rooms = [room_for(recorded.ticket_id, recorded.stream)]
    if event["name"] in HEARD_IN_LOBBY:
        rooms += [LOBBY, room_of(payload["user_id"])]
    ANNOUNCED[event["name"]].emit((payload, event), to=rooms)
    positions.note(recorded.ticket_id, recorded.stream, event["seq"])


@after_commit(TicketDeleted)
def tell_of_deletion(deleted: TicketDeleted) -> None:
    """Tell all who could see the ticket, and close its rooms."""
    event = {
        "ticket_id": deleted.ticket_id,
        "name": "ticket.deleted",
        "actor_id": deleted.actor_id,
        "created_at": utcnow().isoformat(timespec="microseconds"),
    }
    rooms = [room_for(deleted.ticket_id, stream) for stream in Stream]
    heard: Any = ({"id": deleted.ticket_id}, event)
    DELETED.emit(heard, to=[*rooms, LOBBY, room_of(deleted.owner_id)])
    for room in rooms:
        socketio.close_room(room)


@after_commit(UnreadChanged)
def tell_total(changed: UnreadChanged) -> None:
    """Have a user's total counted where they hear of it: most of the time, nowhere."""
    news = {"user_id": changed.user_id, "side": changed.side}
    socketio.server.manager.share(UNREAD.name, news)


def _is_of_someone_here(news: News) -> bool:
    return is_heard_here(room_of(news["user_id"]))


@reacts_to(UNREAD.name, _is_of_someone_here)
def tell_total_here(news: News) -> None:
    """Tell the sockets of this process how many messages wait for their user now.

    One after another: of two totals counted at once, the newer is told last.
    """
    user_id, side = news["user_id"], Side(news["side"])
    turn = Turn(("unread", user_id))
    try:
        turn.wait()
        total = unread.count_if_reading_for(side, user_id)
        if total is not None:
            heard = {"unread_count": total}
            UNREAD.emit(heard, to=room_of(user_id), ignore_queue=True)
    finally:
        turn.end()


@after_commit(TokensRevoked)
def cut_revoked(revoked: TokensRevoked) -> None:
    """Cut off the sockets whose token is good no longer."""
    connections.cut(lambda connection: connection.jti in revoked.jtis)


@after_commit(StandingChanged)
def cut_changed(changed: StandingChanged) -> None:
    """Cut off a user whose rights changed: what they may hear is settled anew."""
    connections.cut(lambda connection: connection.user_id == changed.user_id)
