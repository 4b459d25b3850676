"""Rooms: to whom an event is emitted.

``ticket.7`` receives the public stream, ``ticket.7.staff`` the staff stream. Without
joining any, admins are in the lobby, which receives changes of every ticket, and users
in a room of their own, for their tickets and their number of unread messages.
"""

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.history.models import Stream
from ticketing.web.extensions import socketio

LOBBY = "admins"


def has_members(room: str) -> bool:
    """Return whether any socket of this process is in a room."""
    return room in socketio.server.manager.rooms.get("/", {})


def sids_in(room: str) -> list[str]:
    """Return the sockets of this process that are in a room."""
    return [sid for sid, _ in socketio.server.manager.get_participants("/", room)]


def ticket_room(ticket_id: int, stream: Stream) -> str:
    """Return the room that receives a ticket's stream."""
    room = f"ticket.{ticket_id}"
    return f"{room}.staff" if stream is Stream.STAFF else room


def user_room(user_id: int) -> str:
    """Return the room of a user's own sockets."""
    return f"user.{user_id}"


def lobby_of(owner_id: int) -> list[str]:
    """Return the rooms that receive changes of a user's tickets without joining."""
    return [LOBBY, user_room(owner_id)]


def default_rooms(actor: Actor) -> list[str]:
    """Return the rooms that ``actor`` is in without joining."""
    own = [user_room(actor.id)]
    return [LOBBY, *own] if policy.may_follow_every_ticket(actor) else own
