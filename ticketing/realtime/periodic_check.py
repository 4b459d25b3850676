"""Check each second, while there are sockets, what is due by the database.

Notifications of other processes may be lost. The check disconnects sockets whose token
or rights have changed, closes the rooms of deleted tickets, and emits the entries that
rooms have not been sent.
"""

from collections.abc import Iterable
from typing import Any

from ticketing.accounts import tokens
from ticketing.core.database import utcnow
from ticketing.core.transaction import renew_snapshot
from ticketing.history import service
from ticketing.history.models import Stream
from ticketing.realtime import connections
from ticketing.realtime.dispatcher import StreamKey, dispatcher
from ticketing.realtime.periodic_task import PeriodicTask
from ticketing.realtime.presence import presence
from ticketing.realtime.rooms import ticket_room
from ticketing.web.extensions import socketio

CHECK_INTERVAL_S = 1.0
BATCH_SIZE = 1000  # tokens or tickets, a query


def check() -> None:
    """Disconnect sockets without a right to stay; emit what rooms have missed."""
    _disconnect_unentitled()
    _dispatch_missed()


def _disconnect_unentitled() -> None:
    now = utcnow()
    connections.disconnect(lambda connection: connection.expires_at <= now)
    asked = {connection.jti for connection in connections.connected()}
    roles: dict[str, Any] = {}
    for jtis in _batches(asked):
        roles |= tokens.roles_by(jtis)
    connections.disconnect(
        # A socket that connected after the query is not concerned.
        lambda connection: connection.jti in asked
        and roles.get(connection.jti) != connection.role
    )


def _dispatch_missed() -> None:
    latest: dict[StreamKey, int] = {}
    followed = dispatcher().followed()
    renew_snapshot()  # or a ticket that was opened meanwhile would look deleted
    for ticket_ids in _batches(followed):
        found = service.last_seqs(ticket_ids)
        latest |= found
        for ticket_id in set(ticket_ids) - {key[0] for key in found}:
            for stream in Stream:  # it was deleted, and the notification lost
                socketio.close_room(ticket_room(ticket_id, stream))
            presence.mark(ticket_id)
    renew_snapshot()  # gives the connection back: the dispatcher takes its own
    dispatcher().check(latest)


def _batches(items: Iterable[Any]) -> Iterable[list[Any]]:
    every = list(items)
    return (every[i : i + BATCH_SIZE] for i in range(0, len(every), BATCH_SIZE))


task = PeriodicTask(CHECK_INTERVAL_S, connections.connected, check)
