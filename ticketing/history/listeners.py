"""Record every event of a ticket, in the transaction of the change."""

from ticketing.core.transaction import during
from ticketing.history import service
from ticketing.tickets.events import TicketEvent


@during(TicketEvent)
def record(event: TicketEvent) -> None:
    """Append an event to the ticket's log; if that fails, the change is rolled back."""
    service.record(event)
