"""Tickets, and the values of their fields."""

import enum
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, ForeignKey, Index, SmallInteger, String, Text, text
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from ticketing.accounts.models import User
from ticketing.categories.models import Category
from ticketing.core.database import (
    TABLE_OPTIONS,
    Model,
    Timestamps,
    as_created_at,
    utcnow,
)


class Status(enum.StrEnum):
    """The status of a ticket."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


# The statuses in which nothing is left to do.
DONE = (Status.RESOLVED, Status.CLOSED)


class Priority(enum.StrEnum):
    """The priority of a ticket, in ascending order."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class Side(enum.StrEnum):
    """A side of a ticket's conversation: its customer, or support (everyone else)."""

    CUSTOMER = "customer"
    SUPPORT = "support"

    @property
    def other(self) -> "Side":
        """The opposite side."""
        return Side.SUPPORT if self is Side.CUSTOMER else Side.CUSTOMER


class TextKind(enum.StrEnum):
    """A text of a ticket: its subject and description, a comment or a message."""

    TICKET = "ticket"
    COMMENT = "comment"
    MESSAGE = "message"


RANKED = list(Priority)
# Values of ``due_at`` for tickets without due targets, later than all real times. ENDED
# is for resolved and closed tickets: they come last, and lists of others end before.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
ENDED = datetime(9999, 12, 31, tzinfo=UTC)
# The media types of the files that have a preview.
PREVIEWED = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class Rank(TypeDecorator[Priority]):
    """A column of a priority, stored as its rank (1 to 4), so that indexes sort it."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return value and RANKED.index(value) + 1

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return value and RANKED[value - 1]

    @property
    def python_type(self) -> type[Priority]:
        return Priority


def _index(*columns: str) -> Index:
    return Index(None, *columns)


# Each index covers the statistics of one event in a range of time. A name made of all
# its columns would be too long.
REPORT_INDEXES = [
    Index(f"ix_tickets_report_{name}", *first, "category_id", "priority", "assigned_to")
    for name, first in {
        "opened": (
            *("created_at", "first_response_seconds", "sla_misses_at", "sla_met"),
        ),
        "resolved": ("resolved_at", "resolution_seconds"),
        "reopened": ("reopened_at",),
        "rated": ("rated_at", "rating_score"),
    }.items()
]


class Ticket(Timestamps, Model):
    """A request for help, owned by the customer who opened it.

    ``last_seq`` and ``last_staff_seq`` are the numbers of the newest entries of its
    public and its staff stream. Only ``history`` increments them; it sets
    ``last_activity_at`` together with ``last_seq``, and ``person_acted_at``: the time
    at which a person last acted in the public stream, if a rule has acted there since.
    Otherwise that is NULL, so that acts of people change nothing in its index. Only
    ``replies`` changes ``waiting_on`` and ``waiting_since``. The columns from
    ``first_response_seconds`` to ``reopened_at`` follow from the log; only ``reports``
    sets them.

    The columns from ``due_at`` on describe the targets of the ticket; only
    ``service_levels`` sets them. ``due_at`` is the earliest time at which an unfinished
    target is due; without one it is ``NEVER``, or ``ENDED`` if the ticket is resolved
    or closed. If nothing happens, a target is running until ``sla_runs_until``, and a
    target is missed from ``sla_misses_at`` on. ``sla_paused`` and ``sla_met`` are true
    if any target is in that state.
    """

    __tablename__ = "tickets"
    # Each index serves a filter and an order; InnoDB and SQLite append the id to break
    # ties.
    __table_args__ = (
        _index("user_id", "created_at"),
        _index("user_id", "last_activity_at"),
        _index("user_id", "priority"),
        _index("user_id", "waiting_since"),
        _index("user_id", "status"),  # covers the counts of customers' views
        _index("status", "created_at"),
        _index("status", "last_activity_at"),
        _index("status", "priority"),
        _index("status", "waiting_since"),
        _index("status", "waiting_on", "waiting_since"),
        _index("category_id", "created_at"),
        _index("assigned_to", "created_at"),
        _index("assigned_to", "last_activity_at"),
        _index("assigned_to", "priority"),
        # This one also covers the counts of admins' views.
        _index("assigned_to", "status", "waiting_since"),
        _index("assigned_to", "user_id"),  # covers the count of unread messages
        _index("waiting_on", "created_at"),
        _index("waiting_on", "waiting_since"),
        _index("priority", "created_at"),
        _index("priority"),
        _index("created_at"),
        _index("last_activity_at"),
        _index("status", "person_acted_at"),
        _index("waiting_since"),
        _index("due_at"),
        _index("status", "due_at"),
        _index("sla_runs_until"),
        _index("sla_misses_at"),
        _index("sla_paused", "created_at"),
        _index("sla_met", "created_at"),
        _index("attachment"),
        *REPORT_INDEXES,
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    subject: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(Text().with_variant(MEDIUMTEXT, "mysql"))
    priority: Mapped[Priority] = mapped_column(Rank)
    status: Mapped[Status] = mapped_column(default=Status.OPEN)
    waiting_on: Mapped[Side] = mapped_column(default=Side.SUPPORT)
    waiting_since: Mapped[datetime] = mapped_column(
        default=as_created_at,
        sort_order=1,  # after created_at, whose value it takes
        # Only for the migration that added the column.
        server_default=text("'2000-01-01 00:00:00.000000'"),
    )
    attachment_key: Mapped[str | None] = mapped_column("attachment", String(64))
    attachment_name: Mapped[str | None] = mapped_column(String(255))
    attachment_type: Mapped[str | None] = mapped_column(String(100))
    attachment_size: Mapped[int | None]
    attachment_digest: Mapped[str | None] = mapped_column(String(64))
    last_seq: Mapped[int] = mapped_column(default=0)
    last_staff_seq: Mapped[int] = mapped_column(default=0)
    last_activity_at: Mapped[datetime] = mapped_column(default=utcnow)
    person_acted_at: Mapped[datetime | None]
    rating_score: Mapped[int | None] = mapped_column(SmallInteger)
    rating_comment: Mapped[str | None] = mapped_column(String(1000))
    rated_at: Mapped[datetime | None]
    first_response_seconds: Mapped[int | None]
    resolved_at: Mapped[datetime | None]
    resolution_seconds: Mapped[int | None]
    reopened_at: Mapped[datetime | None]
    due_at: Mapped[datetime] = mapped_column(
        default=NEVER, server_default=text("'9999-01-01 00:00:00.000000'")
    )
    sla_policy_id: Mapped[int | None]
    sla_runs_until: Mapped[datetime | None]
    sla_misses_at: Mapped[datetime | None]
    sla_paused: Mapped[bool] = mapped_column(default=False, server_default="0")
    sla_met: Mapped[bool] = mapped_column(default=False, server_default="0")

    user: Mapped[User] = relationship(foreign_keys=user_id)
    assignee: Mapped[User | None] = relationship(foreign_keys=assigned_to)
    category: Mapped[Category] = relationship()

    @property
    def attachment(self) -> dict[str, Any] | None:
        """The attached file as ``AttachmentSchema`` describes it, if there is one."""
        if self.attachment_name is None:
            return None
        return attachment_of(
            self.attachment_name, self.attachment_type, self.attachment_size, self.id
        )

    @property
    def rating(self) -> dict[str, Any] | None:
        """The customer's rating as ``RatingSchema`` describes it, if there is one."""
        if self.rated_at is None:
            return None
        return rating_of(self.rated_at, self.rating_score, self.rating_comment)

    @rating.setter
    def rating(self, rating: Mapping[str, Any]) -> None:
        self.rating_score, self.rating_comment = rating["score"], rating["comment"]
        self.rated_at = rating["created_at"]

    @property
    def silent_since(self) -> datetime:
        """The time at which a person last acted in the public stream."""
        return self.person_acted_at or self.last_activity_at

    def side_of(self, user_id: int) -> Side:
        """Return the side of the conversation on which a user writes and reads."""
        return Side.CUSTOMER if user_id == self.user_id else Side.SUPPORT


# The subject and the description are one text.
TICKET_TEXT = Ticket.subject + "\n" + Ticket.description


def ticket_text(subject: str, description: str) -> str:
    """Return the text that ``TICKET_TEXT`` selects."""
    return f"{subject}\n{description}"


def attachment_of(
    name: str, content_type: str | None, size: int | None, ticket_id: int
) -> dict[str, Any]:
    """Return a ticket's file as ``AttachmentSchema`` describes it.

    :param size: in bytes.
    """
    return {
        "name": name,
        "content_type": content_type,
        "size": size,
        **urls_of(f"/api/tickets/{ticket_id}/attachment", content_type),
    }


def urls_of(url: str, content_type: str | None) -> dict[str, str | None]:
    """Return the URLs of a file, and of its preview if it is of a kind that has one."""
    preview_url = f"{url}/preview" if content_type in PREVIEWED else None
    return {"url": url, "preview_url": preview_url}


def rating_of(
    rated_at: datetime, score: int | None, comment: str | None
) -> dict[str, Any]:
    """Return a ticket's rating as ``RatingSchema`` describes it."""
    return {"score": score, "comment": comment, "created_at": rated_at}


def etag_of(ticket_id: int, updated_at: datetime) -> str:
    """Return the entity tag of a ticket, which changes whenever ``updated_at`` does."""
    return f"{ticket_id}-{updated_at:%Y%m%d%H%M%S%f}"
