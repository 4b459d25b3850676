"""Rules, and what the choice of an assignee depends on."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model, Timestamps


class Trigger(enum.StrEnum):
    """What rules are tried on."""

    OPENED = "ticket.opened"
    UPDATED = "ticket.updated"
    REPLIED = "customer.replied"
    WARNING = "sla.warning"
    MISSED = "sla.missed"
    IDLE = "idle"


SLA_TRIGGERS = (Trigger.WARNING, Trigger.MISSED)


class Rule(Timestamps, Model):
    """What to do by itself with tickets that meet conditions.

    :ivar on: what it is tried on.
    :ivar conditions: as a ``ConditionsSchema`` loads them; a ticket meets all of them.
    :ivar actions: as an ``ActionsSchema`` loads them.
    :ivar stop: whether the rules after it are not tried where it applies.
    :ivar silence_at: of a rule on idle tickets, where it has arrived: it has been tried
        on the silences that began before, or then on a ticket up to ``silence_id``.
    :ivar looked_at: when it was last found to be due on some tickets.
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
    """When an admin was last assigned a ticket; ``NULL`` if never.

    Whoever chooses an assignee locks all of these rows, so that choices are made one
    after another.
    """

    __tablename__ = "last_assignments"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    assigned_at: Mapped[datetime | None]
