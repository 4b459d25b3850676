"""From what was committed to the rooms that hear it."""

from typing import Any

from ticketing.accounts.events import StandingChanged, TokensRevoked
from ticketing.chat import unread
from ticketing.chat.events import UnreadChanged
from ticketing.core.database import utcnow
from ticketing.core.extensions import socketio
from ticketing.core.transaction import after_commit
from ticketing.core.turns import Turn
from ticketing.realtime import connections, positions
from ticketing.realtime.rooms import LOBBY, room_for, room_of
from ticketing.tickets.events import TicketDeleted
from ticketing.timeline.events import EntryRecorded
from ticketing.timeline.models import Stream

HEARD_IN_LOBBY = {"ticket.created", "ticket.updated"}


@after_commit(EntryRecorded)
def tell_room(recorded: EntryRecorded) -> None:
    """Emit an entry under its name, as ``(payload, event)``: nothing added or lost."""
    event = dict(recorded.entry)
    payload = event.pop("payload")
    rooms = [room_for(recorded.ticket_id, recorded.stream)]
    if event["name"] in HEARD_IN_LOBBY:
        rooms += [LOBBY, room_of(payload["user_id"])]
    socketio.emit(event["name"], (payload, event), to=rooms)
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
    socketio.emit(event["name"], heard, to=[*rooms, LOBBY, room_of(deleted.owner_id)])
    for room in rooms:
        socketio.close_room(room)


@after_commit(UnreadChanged)
def tell_total(changed: UnreadChanged) -> None:
    """Tell a user how many messages wait for them now.

    One after another: of two totals counted at once, the newer is told last.
    """
    turn = Turn(("unread", changed.user_id))
    try:
        turn.wait()
        total = unread.count_if_reading_for(changed.side, changed.user_id)
        if total is not None:
            heard = {"unread_count": total}
            socketio.emit("unread.changed", heard, to=room_of(changed.user_id))
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
