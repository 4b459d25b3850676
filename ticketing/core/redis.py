"""How this service connects to Redis."""

from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry


def client_options(timeout_s: float) -> dict[str, Any]:
    """Return the options of a client that waits once for each answer, and not again.

    What cannot wait for Redis goes on without it; what can, tries again by itself.
    """
    return {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": Retry(NoBackoff(), 0),
    }
