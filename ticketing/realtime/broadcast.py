"""Emit what was committed, here and, through the cluster, in the other processes.

A function called ``broadcast_…`` notifies the other processes of an event and acts on
it for the sockets of this one; ``NOTIFICATIONS`` says how the others do.
"""

from collections.abc import Collection, Mapping
from threading import Lock
from typing import Any

from marshmallow import fields

from ticketing.accounts.events import RightsChanged, TokensRevoked
from ticketing.chat import unread
from ticketing.chat.events import UnreadChanged
from ticketing.chat.schemas import MessageStateSchema, ReadingSchema, UnreadSchema
from ticketing.comments.schemas import CommentStateSchema
from ticketing.core.database import utcnow
from ticketing.core.transaction import after_commit
from ticketing.history.events import StreamGrew
from ticketing.history.models import Stream
from ticketing.history.schemas import EntryHeaderSchema
from ticketing.realtime import activity, connections, typing_notices
from ticketing.realtime.cluster import Handler, cluster
from ticketing.realtime.dispatcher import (
    LOBBY_EVENTS,
    Growth,
    SerializedEntry,
    dispatcher,
)
from ticketing.realtime.presence import presence
from ticketing.realtime.rooms import has_members, lobby_of, ticket_room, user_room
from ticketing.rules.schemas import AppliedSchema
from ticketing.service_levels.schemas import AlarmSchema
from ticketing.tags.schemas import TaggedSchema
from ticketing.tickets.events import TicketDeleted
from ticketing.tickets.models import Side
from ticketing.tickets.schemas import TicketStateSchema
from ticketing.web.extensions import socketio
from ticketing.web.schemas import ResponseSchema
from ticketing.web.sockets import server_event

OF_TICKET = "all admins and the ticket's customer, without joining"
OF_ROOM = "the sockets that joined the ticket"
OF_STAFF_ROOM = "the sockets of admins that joined the ticket"
OF_ROOMS = "the sockets that joined the ticket; if it is internal, only those of admins"


class UpdatedSchema(TicketStateSchema):
    """A ticket, and its ``changes``: ``{field: [old, new]}``."""

    changes = fields.Dict(keys=fields.String(), values=fields.List(fields.Raw()))


class DeletedSchema(ResponseSchema):
    """The id of something deleted."""

    id = fields.Integer()


class DeletionSchema(EntryHeaderSchema):
    """The second argument of ``ticket.deleted``: it has no ``seq``.

    The ticket's log is deleted, too.
    """

    optional = frozenset({"internal", "seq"})


for name, payload, by in (
    ("ticket.created", TicketStateSchema, OF_TICKET),
    ("ticket.updated", UpdatedSchema, f"{OF_TICKET}; and {OF_ROOM}: once each"),
    ("comment.added", CommentStateSchema, OF_ROOMS),
    ("comment.edited", CommentStateSchema, OF_ROOMS),
    ("comment.deleted", DeletedSchema, OF_ROOMS),
    ("message.sent", MessageStateSchema, OF_ROOM),
    ("message.read", ReadingSchema, OF_ROOM),
    ("ticket.tagged", TaggedSchema, OF_STAFF_ROOM),
    ("sla.warning", AlarmSchema, OF_STAFF_ROOM),
    ("sla.missed", AlarmSchema, OF_STAFF_ROOM),
    ("rule.applied", AppliedSchema, OF_STAFF_ROOM),
):
    server_event(name, payload, by, EntryHeaderSchema)
DELETED = server_event(
    "ticket.deleted", DeletedSchema, f"{OF_TICKET}; and {OF_ROOM}", DeletionSchema
)
UNREAD = server_event(
    "unread.changed", UnreadSchema, "the user whose total changed, without joining"
)

# A user's totals are counted and emitted one after another, so that the newest comes
# last; users share these locks.
_counting = [Lock() for _ in range(64)]


@after_commit(StreamGrew)
def broadcast_entry(grew: StreamGrew) -> None:
    """Emit a new entry; the other processes read it from the log if they need it."""
    where = grew.ticket_id, grew.stream, grew.seq
    growth = Growth(*where, grew.entry["name"], grew.owner_id)
    cluster().publish("grew", growth._asdict())
    _dispatch(growth, grew.entry)


def dispatch_from_log(stream: str, **where: Any) -> None:
    """Emit an entry that another process has committed.

    :param where: the other fields of its ``Growth``.
    """
    _dispatch(Growth(stream=Stream(stream), **where))


def _dispatch(growth: Growth, entry: SerializedEntry | None = None) -> None:
    """Emit an entry to the ticket's room and the lobby.

    Of most entries the lobby is notified only that the stream has moved.
    """
    dispatcher().advance(growth, entry)
    if growth.name not in LOBBY_EVENTS:
        activity.note(growth)


@after_commit(TicketDeleted)
def broadcast_deletion(deleted: TicketDeleted) -> None:
    """Notify everyone who could see the ticket, and close its rooms."""
    event = {
        "ticket_id": deleted.ticket_id,
        "name": "ticket.deleted",
        "actor_id": deleted.actor_id,
        "created_at": utcnow().isoformat(timespec="microseconds"),
    }
    cluster().publish("deleted", {"event": event, "owner_id": deleted.owner_id})
    emit_deletion(event, deleted.owner_id)


def emit_deletion(event: Mapping[str, Any], owner_id: int) -> None:
    """Emit that a ticket was deleted to the sockets of this process."""
    ticket_id = event["ticket_id"]
    activity.forget(ticket_id, owner_id)
    rooms = [ticket_room(ticket_id, stream) for stream in Stream]
    DELETED.emit(({"id": ticket_id}, event), to=[*rooms, *lobby_of(owner_id)])
    for room in rooms:
        socketio.close_room(room)
    presence.mark(ticket_id)


@after_commit(UnreadChanged)
def broadcast_unread(changed: UnreadChanged) -> None:
    """Emit a user's new total wherever they have sockets."""
    cluster().publish("unread", {"user_id": changed.user_id, "side": changed.side})
    emit_unread(changed.user_id, changed.side)


def emit_unread(user_id: int, side: str) -> None:
    """Count the unread messages of a user with sockets in this process, and emit."""
    room = user_room(user_id)
    if not has_members(room):
        return
    with _counting[user_id % len(_counting)]:
        total = unread.count_for_reader(Side(side), user_id)
        if total is not None:
            UNREAD.emit({"unread_count": total}, to=room)


@after_commit(TokensRevoked)
def broadcast_revocation(revoked: TokensRevoked) -> None:
    """Disconnect the sockets whose token was revoked."""
    cluster().publish("revoked", {"jtis": list(revoked.jtis)})
    disconnect_tokens(revoked.jtis)


@after_commit(RightsChanged)
def broadcast_rights(changed: RightsChanged) -> None:
    """Disconnect a user whose role or status changed; rights are checked at connect."""
    cluster().publish("rights", {"user_id": changed.user_id})
    disconnect_user(changed.user_id)


def disconnect_tokens(jtis: Collection[str]) -> None:
    """Disconnect the sockets of this process that came with one of these tokens."""
    connections.disconnect(lambda connection: connection.jti in jtis)


def disconnect_user(user_id: int) -> None:
    """Disconnect the sockets of a user in this process."""
    connections.disconnect(lambda connection: connection.user_id == user_id)


# How a notification of another process is handled, by its name.
NOTIFICATIONS: dict[str, Handler] = {
    "grew": dispatch_from_log,
    "deleted": emit_deletion,
    "unread": emit_unread,
    "typing": typing_notices.receive_typing,
    "present": presence.receive,
    "present.all": presence.receive_all,
    "revoked": disconnect_tokens,
    "rights": disconnect_user,
}
