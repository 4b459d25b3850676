"""Webhooks."""

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model, Timestamps

EVERY_EVENT = "*"
TICKET_DELETED = "ticket.deleted"  # in no log: it is deleted with the ticket


class Webhook(Timestamps, Model):
    """A URL that is sent events of tickets.

    :ivar events: names of events, or ``EVERY_EVENT`` alone.
    :ivar internal: whether it is sent the staff streams, too.
    :ivar secret: signs what is sent, as ``whsec_…``.
    :ivar old_secret: the one before; it signs, too, until ``old_secret_expires_at``.
    :ivar failing_since: the first failure since the last success, if there is one.
    """

    __tablename__ = "webhooks"
    __table_args__ = TABLE_OPTIONS

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str | None] = mapped_column(String(255))
    events: Mapped[list[str]] = mapped_column(JSON)
    internal: Mapped[bool]
    active: Mapped[bool]
    secret: Mapped[str] = mapped_column(String(100))
    old_secret: Mapped[str | None] = mapped_column(String(100))
    old_secret_expires_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]

    @property
    def pool(self) -> str:
        """Return the pool of its jobs, which has places of its own."""
        return pool_of(self.id)

    def secrets_at(self, time: datetime) -> list[str]:
        """Return the secrets that sign at a time, the newest one first."""
        expires_at = self.old_secret_expires_at
        if self.old_secret and expires_at and time < expires_at:
            return [self.secret, self.old_secret]
        return [self.secret]


def pool_of(webhook_id: int) -> str:
    """Return the pool of the jobs of a webhook."""
    return f"webhook.{webhook_id}"


def lane_of(webhook_id: int, ticket_id: int) -> str:
    """Return the lane of the jobs of a webhook that are about one ticket."""
    return f"{pool_of(webhook_id)}.ticket.{ticket_id}"
