"""Every event of a ticket goes into its timeline, or neither happens."""

from ticketing.core.transaction import during
from ticketing.tickets.events import TicketEvent
from ticketing.history import service


@during(TicketEvent)
def record(event: TicketEvent) -> None:
    """Write the event down in the transaction that brought it about."""
    service.record(event)
