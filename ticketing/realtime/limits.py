"""Limits on the events and the sockets of a user in this process."""

from functools import cache

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ticketing.core.errors import TooManyRequestsError
from ticketing.core.settings import setting
from ticketing.core.text import t
from ticketing.core.transaction import renew_snapshot
from ticketing.realtime import connections
from ticketing.web.limits import describe_rate
from ticketing.web.sockets import before_event

_events = MovingWindowRateLimiter(MemoryStorage())
_rate = cache(parse)  # parsing takes longer than the rest


@before_event
def limit_events(sid: str) -> None:
    """Refuse a user's events beyond ``SOCKET_EVENT_LIMIT``.

    :param sid: of the socket that sends one.
    :raises TooManyRequestsError: this is one.
    """
    connection = connections.find(sid)
    key = str(connection.user_id) if connection else ""
    limit = setting("SOCKET_EVENT_LIMIT")
    if not is_within(limit, key):
        raise TooManyRequestsError(describe_rate(_rate(limit)))


def is_within(limit: str, key: str) -> bool:
    """Count an event under a key; return whether it is within the limit."""
    return _events.hit(_rate(limit), key)


def forget(limit: str, key: str) -> None:
    """Forget a key that is used no more.

    limits/storage/memory.py 5.8: keeps the keys of expired events for ever, and goes
    through all of them 10 ms after an event.
    """
    _events.clear(_rate(limit), key)


def limit_sockets(user_id: int) -> None:
    """Refuse a user's sockets beyond ``SOCKETS_PER_USER``; dead ones give way.

    :raises TooManyRequestsError: they have as many that are alive.
    """
    maximum = setting("SOCKETS_PER_USER")
    if len(connections.sids_of(user_id)) >= maximum:
        renew_snapshot()  # or it would keep a database connection while it waits
        connections.drop_unresponsive(user_id)
    if len(connections.sids_of(user_id)) >= maximum:
        too_many = t("At most {count} connections at a time.", count=maximum)
        raise TooManyRequestsError(too_many)
