"""Enqueue what webhooks are to be sent, in the transaction in which it happens."""

from ticketing.core.transaction import after_commit, during
from ticketing.history.events import StreamGrew
from ticketing.tickets.events import TicketDeleted
from ticketing.webhooks import deliveries
from ticketing.webhooks.events import WebhooksChanged


@during(StreamGrew)
def enqueue_entry(grew: StreamGrew) -> None:
    """Enqueue a new entry of a log for each webhook that wants it."""
    deliveries.enqueue_entry(grew.ticket_id, grew.stream, grew.seq, grew.entry["name"])


@during(TicketDeleted)
def enqueue_deletion(deleted: TicketDeleted) -> None:
    """Enqueue that a ticket was deleted, instead of what waits of it."""
    deliveries.enqueue_deletion(deleted.ticket_id, deleted.actor_id)


@after_commit(WebhooksChanged)
def forget_webhooks(changed: WebhooksChanged) -> None:
    """Let the next entry look which webhooks there are."""
    deliveries.ACTIVE.forget()
