"""Notify the lobby that a ticket's stream has moved: ``ticket.activity``.

``ticket.created`` and ``ticket.updated`` reach the lobby themselves; of all other
entries it learns that they exist. There is no replay: if a notification of another
process was lost, the lobby learns of it with the ticket's next activity, and a client
loads its list when it connects.
"""

from marshmallow import fields

from ticketing.history.models import Stream
from ticketing.realtime.dispatcher import Growth
from ticketing.realtime.periodic_task import PeriodicTask
from ticketing.realtime.rooms import LOBBY, has_members, lobby_of, sids_in
from ticketing.realtime.throttle import Throttle
from ticketing.web.fields import OnlyIfTrue
from ticketing.web.schemas import ResponseSchema
from ticketing.web.sockets import server_event

ACTIVITY_INTERVAL_S = 1.0  # of a ticket's stream
ROUND_INTERVAL_S = 0.1
# With many admins the lobby is notified later, so that rooms are not slowed down.
DELIVERIES_PER_ROUND = 250


class ActivitySchema(ResponseSchema):
    """The last number of a ticket's public stream; or that its staff stream moved."""

    optional = frozenset({"last_seq", "internal"})

    ticket_id = fields.Integer()
    last_seq = fields.Integer()
    internal = OnlyIfTrue()


ACTIVITY = server_event(
    "ticket.activity",
    ActivitySchema,
    "all admins and, unless it is `internal`, the ticket's customer, without joining: "
    "once a second at most for each ticket and stream",
)

# Apart, so that not even the time of a public one depends on an internal one.
_public: Throttle[tuple[int, int]] = Throttle(ACTIVITY_INTERVAL_S)
_staff: Throttle[int] = Throttle(ACTIVITY_INTERVAL_S)


def note(growth: Growth) -> None:
    """Notify the lobby in this process, soon, of an entry that it does not receive."""
    if growth.stream is Stream.STAFF:
        if has_members(LOBBY):
            _staff.call(growth.ticket_id, growth.seq)
            staff_task.start()
    elif any(map(has_members, lobby_of(growth.owner_id))):
        _public.call((growth.ticket_id, growth.owner_id), growth.seq)
        public_task.start()


def forget(ticket_id: int, owner_id: int) -> None:
    """Emit no more activity of a ticket that was deleted."""
    _public.forget((ticket_id, owner_id))
    _staff.forget(ticket_id)


def emit_public() -> None:
    """Emit the activity of public streams that is due."""
    for (ticket_id, owner_id), seq in _public.due(_limit()):
        moved = {"ticket_id": ticket_id, "last_seq": seq}
        ACTIVITY.emit(moved, to=lobby_of(owner_id))


def emit_internal() -> None:
    """Emit the activity of staff streams that is due, to admins alone."""
    for ticket_id, _ in _staff.due(_limit()):
        ACTIVITY.emit({"ticket_id": ticket_id, "internal": True}, to=LOBBY)


def _limit() -> int:
    return max(1, DELIVERIES_PER_ROUND // max(1, len(sids_in(LOBBY))))


public_task = PeriodicTask(ROUND_INTERVAL_S, _public.__bool__, emit_public)
staff_task = PeriodicTask(ROUND_INTERVAL_S, _staff.__bool__, emit_internal)
