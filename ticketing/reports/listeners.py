"""Update the facts of tickets that reports count."""

from ticketing.core.transaction import during
from ticketing.history.events import StreamGrew
from ticketing.reports import service
from ticketing.service_levels.events import TicketRecounted


@during(StreamGrew)
def update_facts(grew: StreamGrew) -> None:
    """Update the facts of a ticket with its log, in the same transaction."""
    service.update_facts(grew)


@during(TicketRecounted)
def recompute_durations(recounted: TicketRecounted) -> None:
    """Recompute the durations of a ticket in other opening hours."""
    service.recompute_durations(recounted)
