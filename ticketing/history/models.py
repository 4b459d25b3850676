"""The log of a ticket."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model, utcnow


class Stream(enum.StrEnum):
    """A sequence of a ticket's entries, numbered 1, 2, 3… and emitted to its own room.

    Internal entries are in the staff stream only, so that the numbers of the public
    stream do not show that they exist.
    """

    PUBLIC = "public"
    STAFF = "staff"


class Entry(Model):
    """An event in the log of a ticket.

    It never changes, except that deleted texts are erased from it. The columns of the
    key are in the order of a replay: one ticket, one stream, by ``seq``.
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
        """Return whether it is in the staff stream."""
        return self.stream is Stream.STAFF
