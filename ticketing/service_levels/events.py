"""Events of service levels."""

from dataclasses import dataclass
from datetime import datetime

from ticketing.tickets.events import TicketEvent


class SlaWarning(TicketEvent):
    """80 % of the time until a target is missed has counted; only admins may see it.

    The payload is ``{"target": …, "due_at": …, "policy_id": …}``.
    """

    name = "sla.warning"
    staff_only = True


class SlaMissed(TicketEvent):
    """A target was missed; only admins may see it.

    The payload is ``{"target": …, "due_at": …, "policy_id": …}``.
    """

    name = "sla.missed"
    staff_only = True


@dataclass(frozen=True)
class PoliciesChanged:
    """The policies of tickets, or how they are counted, may have changed."""


@dataclass(frozen=True)
class TicketRecounted:
    """A ticket is counted in the opening hours of another calendar from now on.

    :param answered_at: when support first replied, if it did.
    """

    ticket_id: int
    answered_at: datetime | None
