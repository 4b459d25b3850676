"""Jobs."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model, utcnow


class State(enum.StrEnum):
    """The state of a job: it waits, a worker does it, or it has ended."""

    DUE = "due"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


class Job(Model):
    """Work to do once, or until it succeeds.

    :ivar pool: its kind, or a part of its kind that has places of its own, such as
        ``webhook.3``.
    :ivar lane: jobs of one lane are done one after another, in the order of ``id``.
    :ivar data: ids that say what to do; never texts, addresses or tokens.
    :ivar due_at: when to begin, or, while it is leased, when the lease ends; ``None``
        once the job has ended.
    :ivar lease: the worker that does it.
    :ivar slot: its place among the few of a pool that may run at once, while leased.
    :ivar last_error: what went wrong at the last attempt: the name of an error.
    :ivar last_status: the status code with which the other side answered it.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("pool", "slot"),
        Index(None, "pool", "due_at"),
        Index(None, "due_at", "pool"),
        Index(None, "lane", "state"),
        Index(None, "pool", "id"),
        Index(None, "state", "ended_at"),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pool: Mapped[str] = mapped_column(String(50))
    lane: Mapped[str | None] = mapped_column(String(100))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[State] = mapped_column(default=State.DUE)
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    lease: Mapped[str | None] = mapped_column(String(32))
    slot: Mapped[int | None] = mapped_column(SmallInteger)
    last_error: Mapped[str | None] = mapped_column(String(100))
    last_status: Mapped[int | None] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    ended_at: Mapped[datetime | None]

    @property
    def kind(self) -> str:
        """Return its kind, which says who does it."""
        return kind_of(self.pool)


def kind_of(pool: str) -> str:
    """Return the kind of the jobs of a pool."""
    return pool.partition(".")[0]
