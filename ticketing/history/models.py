"""The log of each ticket, in two streams."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model, utcnow

# The names of entries that are replies: a message, a comment.
REPLY_EVENTS = ("message.sent", "comment.added")


class Stream(enum.StrEnum):
    """A stream of a ticket's log: its entries are numbered 1, 2, 3… without gaps.

    The public stream is for everyone who sees the ticket. The staff stream is for
    admins, and has the internal comments. Each stream has its own numbers and its own
    room, so that the public one does not reveal how many internal entries there are.
    """

    PUBLIC = "public"
    STAFF = "staff"


class Entry(Model):
    """An entry of a ticket's log.

    Entries never change, except that deleted texts are erased from them. The columns of
    the primary key are in the order of a replay: one ticket, one stream, by ``seq``.
    ``actor_id`` is null where a rule or a clock acted.
    """

    __tablename__ = "ticket_events"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
    )
    stream: Mapped[Stream] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(50))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
