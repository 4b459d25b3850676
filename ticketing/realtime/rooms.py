"""Rooms: who hears what.

``ticket.7`` hears the public stream, ``ticket.7.staff`` the staff stream. Without
joining any, admins are in the lobby, which hears of every ticket, and users in a room
of their own, which hears of theirs, and how many messages wait for them.
"""

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.web.extensions import socketio
from ticketing.history.models import Stream

LOBBY = "admins"


def is_heard_here(room: str) -> bool:
    """Whether anyone is in a room whom this process serves."""
    return room in socketio.server.manager.rooms.get("/", {})


def room_for(ticket_id: int, stream: Stream) -> str:
    """Return the room where a ticket's stream is told."""
    room = f"ticket.{ticket_id}"
    return f"{room}.staff" if stream is Stream.STAFF else room


def room_of(user_id: int) -> str:
    """Return the room of a user's own sockets."""
    return f"user.{user_id}"


def lobby_of(actor: Actor) -> list[str]:
    """Return the rooms that ``actor`` is in without joining."""
    own = [room_of(actor.id)]
    return [LOBBY, *own] if policy.may_hear_every_ticket(actor) else own
