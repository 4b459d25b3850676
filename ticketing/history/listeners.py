"""Record every event of a ticket in its log, or undo the change."""

from ticketing.core.transaction import during
from ticketing.tickets.events import TicketEvent
from ticketing.history import service


@during(TicketEvent)
def record(event: TicketEvent) -> None:
    """Append the event to the log, in the transaction that published it."""
    service.record(event)
