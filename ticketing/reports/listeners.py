"""Keep the facts of tickets that reports count."""

from ticketing.core.transaction import during
from ticketing.history.events import StreamGrew
from ticketing.reports import service
from ticketing.service_levels.events import TicketRecounted


@during(StreamGrew)
def keep_facts(grew: StreamGrew) -> None:
    """Change the facts of a ticket with its log, in the same transaction."""
    service.keep_facts(grew)


@during(TicketRecounted)
def count_seconds_again(recounted: TicketRecounted) -> None:
    """Change the durations of a ticket with the hours in which it is counted."""
    service.count_seconds_again(recounted)
