"""React to changes of tickets: plan previews, delete files."""

from collections.abc import Mapping
from typing import Any

from ticketing.core.transaction import during
from ticketing.files import images, service
from ticketing.files.models import File
from ticketing.tickets.events import TicketCreated, TicketDeleting, TicketUpdated


@during(TicketCreated)
def preview_first_attachment(created: TicketCreated) -> None:
    """Plan the preview of the attachment that a ticket is opened with."""
    _plan(created.ticket_id, created.payload)


@during(TicketUpdated)
def preview_new_attachment(updated: TicketUpdated) -> None:
    """Plan the preview of an attachment that was added or replaced."""
    if "attachment" in updated.payload["changes"]:
        _plan(updated.ticket_id, updated.payload)


@during(TicketDeleting)
def delete_files(deleting: TicketDeleting) -> None:
    """Delete the files of a ticket's comments and messages, and unused ones."""
    service.delete_files(File.ticket_id == deleting.ticket_id)


def _plan(ticket_id: int, ticket: Mapping[str, Any]) -> None:
    if attachment := ticket["attachment"]:
        images.plan_preview({"ticket_id": ticket_id}, attachment["content_type"])
