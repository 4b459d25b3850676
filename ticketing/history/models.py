"""Timelines."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model, utcnow


class Stream(enum.StrEnum):
    """One room, one stream, one sequence.

    What happens on a ticket is told in a room, kept in its stream and numbered there,
    1, 2, 3… What is internal goes to the staff stream only: in the numbers of the
    public one, it leaves not even a gap.
    """

    PUBLIC = "public"
    STAFF = "staff"


class Entry(Model):
    """Something that happened on a ticket, as it was told.

    It never changes, but for texts that were deleted since. The key is in the order of
    a replay: of one ticket, one stream, by ``seq``.
    """

    __tablename__ = "ticket_events"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
    )
    stream: Mapped[Stream] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(50))
    actor_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    @property
    def internal(self) -> bool:
        """Whether it is for the staff only."""
        return self.stream is Stream.STAFF
