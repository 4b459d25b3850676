"""Emit that a user types, or has stopped, to the others in a ticket's room."""

from marshmallow import fields

from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.history.models import Stream
from ticketing.realtime import connections
from ticketing.realtime.cluster import cluster
from ticketing.realtime.periodic_task import PeriodicTask
from ticketing.realtime.presence import presence
from ticketing.realtime.rooms import ticket_room
from ticketing.realtime.typists import Notice, Scope, Source, typists
from ticketing.web.schemas import ResponseSchema
from ticketing.web.sockets import server_event

ROUND_INTERVAL_S = 0.2


class TypingNoticeSchema(ResponseSchema):
    """A user who is typing, or has stopped."""

    ticket_id = fields.Integer()
    user = fields.Nested(PublicProfileSchema)
    typing = fields.Boolean()


TYPING = server_event(
    "typing",
    TypingNoticeSchema,
    "the sockets of other users that joined the ticket; without a renewal for six "
    "seconds, a `leave` or a disconnect, they are notified that the user has stopped",
)


def publish_typing(notice: Notice, sid: str) -> None:
    """Emit in every process that the user of a socket types, or has stopped.

    :param notice: as ``TypingNoticeSchema`` dumps it.
    """
    _broadcast(notice, typists.note(notice, Source(sid)))
    task.start()


def receive_typing(typing: Notice, process: str) -> None:
    """Emit in this process what a user does in another one."""
    source = Source(process, is_here=False)
    if typists.note(typing, source).room:
        _emit(typing)
    task.start()


def stop_typing(sid: str, ticket_id: int | None = None) -> None:
    """Emit that the user of a socket has stopped, on one ticket or on all."""
    for notice, scope in typists.stop(sid, ticket_id):
        _broadcast(notice, scope)


def stop_expired() -> None:
    """Emit that users have stopped who did not renew it in time."""
    for notice, scope in typists.expire():
        _broadcast(notice, scope)


def _broadcast(notice: Notice, scope: Scope) -> None:
    if scope.others:
        cluster().publish("typing", {"typing": notice, "process": cluster().id})
    if scope.room:
        _emit(notice)


def _emit(notice: Notice) -> None:
    ticket_id, user_id = notice["ticket_id"], notice["user"]["id"]
    own = connections.sids_of(user_id)
    TYPING.emit(notice, to=ticket_room(ticket_id, Stream.PUBLIC), skip_sid=own)
    presence.mark(ticket_id)


task = PeriodicTask(ROUND_INTERVAL_S, typists.__bool__, stop_expired)
