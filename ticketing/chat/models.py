"""Messages."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.accounts.models import User
from ticketing.core.database import TABLE_OPTIONS, Model, Timestamps
from ticketing.files.models import HasFiles
from ticketing.tickets.models import Side, Ticket


class Message(HasFiles, Timestamps, Model):
    """A message in the chat of a ticket.

    ``side`` is the sender's. ``is_read`` and ``read_at`` say whether and when the other
    side has read it; setting them does not change ``updated_at``.
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("is_read = (read_at IS NOT NULL)", name="read"),
        Index(None, "ticket_id"),
        # Unread messages, few among millions, are adjacent in this index.
        Index(None, "is_read", "side", "ticket_id"),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    side: Mapped[Side]
    message: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str | None] = mapped_column(String(64))
    is_read: Mapped[bool] = mapped_column(default=False)
    read_at: Mapped[datetime | None]

    ticket: Mapped[Ticket] = relationship()
    user: Mapped[User] = relationship()
