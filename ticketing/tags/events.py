"""Events of tags."""

from ticketing.tickets.events import TicketEvent


class TicketTagged(TicketEvent):
    """The tags of a ticket were changed; only admins may see it.

    The payload is ``{"tags": […], "added": […], "removed": […]}``.
    """

    name = "ticket.tagged"
    staff_only = True
