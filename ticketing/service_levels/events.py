"""Events of service levels."""

from dataclasses import dataclass
from datetime import datetime

from ticketing.tickets.events import TicketEvent


class SlaWarning(TicketEvent):
    """Most of the time that a target has is used up; only admins may see it.

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
    """Which tickets have which policy, or how they are counted, may have changed."""


@dataclass(frozen=True)
class TicketRecounted:
    """A ticket is counted in the hours of another calendar from now on.

    :param answered_at: when support first replied, if it did.
    """

    ticket_id: int
    answered_at: datetime | None
