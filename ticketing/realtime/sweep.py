"""A look around, while there are sockets: who may no longer stay, what was missed.

Other processes tell of what they do through Redis, if it is there; the database knows
in any case.
"""

import logging
from collections.abc import Iterable
from typing import Any

from flask import Flask
from marshmallow import fields

from ticketing.accounts import tokens
from ticketing.core.database import utcnow
from ticketing.web.extensions import socketio
from ticketing.web.fields import OnlyIfTrue
from ticketing.web.sockets import announces
from ticketing.web.schemas import ShownSchema
from ticketing.realtime import connections, positions
from ticketing.realtime.rooms import room_for
from ticketing.realtime.rounds import Rounds
from ticketing.history import service
from ticketing.history.models import Stream


class SyncSchema(ShownSchema):
    """Where a ticket's stream stands; ``internal`` of the staff's."""

    optional = frozenset({"internal"})

    ticket_id = fields.Integer()
    last_seq = fields.Integer()
    internal = OnlyIfTrue()


SYNC = announces(
    "sync",
    SyncSchema,
    "whoever joined, where an event may have been lost on its way: who is behind, "
    "joins again",
)
INTERVAL = 1.0  # seconds
AT_ONCE = 1000

_log = logging.getLogger(__name__)


def start(app: Flask) -> None:
    """Look around for as long as there are sockets, unless someone already does."""
    _rounds.start(app)


def look_around() -> None:
    """Cut off whoever has lost the right to stay; tell rooms what they missed."""
    _cut_unentitled()
    _tell_missed()


def _look_around_safely(app: Flask) -> None:
    try:
        with app.app_context():
            look_around()
    except Exception:
        _log.exception("could not look around; it is tried again")


def _cut_unentitled() -> None:
    now = utcnow()
    connections.cut(lambda connection: connection.expires_at <= now)
    asked = {connection.jti for connection in connections.everyone()}
    roles: dict[str, Any] = {}
    for jtis in _batches(asked):
        roles |= tokens.roles_by(jtis)
    connections.cut(
        # Not who came in only after it was asked.
        lambda connection: connection.jti in asked
        and roles.get(connection.jti) != connection.role
    )


def _tell_missed() -> None:
    latest: dict[positions.Place, int] = {}
    for ticket_ids in _batches(positions.followed()):
        found = service.last_seqs(ticket_ids)
        latest |= found
        for ticket_id in set(ticket_ids) - {place[0] for place in found}:
            for stream in Stream:  # it has been deleted, and the news was lost
                socketio.close_room(room_for(ticket_id, stream))
    for (ticket_id, stream), seq in positions.missed(latest).items():
        place: dict[str, Any] = {"ticket_id": ticket_id, "last_seq": seq}
        if stream is Stream.STAFF:
            place["internal"] = True
        SYNC.emit(place, to=room_for(ticket_id, stream), ignore_queue=True)


def _batches(items: Iterable[Any]) -> Iterable[list[Any]]:
    every = list(items)
    return (every[i : i + AT_ONCE] for i in range(0, len(every), AT_ONCE))


_rounds = Rounds(INTERVAL, connections.everyone, _look_around_safely)
