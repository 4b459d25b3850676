"""Rules, and the times of assignments, by which rules choose an assignee."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model, Timestamps


class Trigger(enum.StrEnum):
    """The kind of occasion on which rules are tried."""

    OPENED = "ticket.opened"
    UPDATED = "ticket.updated"
    REPLIED = "customer.replied"
    WARNING = "sla.warning"
    MISSED = "sla.missed"
    IDLE = "idle"


SLA_TRIGGERS = (Trigger.WARNING, Trigger.MISSED)


class Rule(Timestamps, Model):
    """Actions that are taken automatically on tickets that meet conditions.

    :ivar on: the kind of occasion on which the rule is tried.
    :ivar conditions: as a ``ConditionsSchema`` loads them; all of them must be met.
    :ivar actions: as an ``ActionsSchema`` loads them.
    :ivar stop: whether no later rule is tried on a ticket to which this one applies.
    :ivar silence_at: the cursor of a rule on idle tickets, with ``silence_id``: it has
        been tried on all silences that began before this time, and on those that began
        at this time, of tickets up to that id.
    :ivar looked_at: when the poll last enqueued rounds for rules on idle tickets.
    """

    __tablename__ = "rules"
    __table_args__ = TABLE_OPTIONS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    active: Mapped[bool]
    position: Mapped[int]
    on: Mapped[Trigger]
    conditions: Mapped[dict[str, Any]] = mapped_column(JSON)
    actions: Mapped[dict[str, Any]] = mapped_column(JSON)
    stop: Mapped[bool]
    silence_at: Mapped[datetime | None]
    silence_id: Mapped[int | None]
    looked_at: Mapped[datetime | None]


class LastAssignment(Model):
    """The time at which an admin was last assigned a ticket; ``NULL`` if never.

    To choose an assignee, a transaction locks all of these rows, so that assignees are
    chosen one after another.
    """

    __tablename__ = "last_assignments"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    assigned_at: Mapped[datetime | None]
