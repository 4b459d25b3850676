"""Keep the facts of tickets that reports count."""

from ticketing.core.transaction import during
from ticketing.history.events import StreamGrew
from ticketing.reports import service


@during(StreamGrew)
def keep_facts(grew: StreamGrew) -> None:
    """Change the facts of a ticket with its log, in the same transaction."""
    service.keep_facts(grew)
