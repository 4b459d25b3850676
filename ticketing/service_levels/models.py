"""Calendars, policies, versions of policies, and the service levels of tickets."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model

LONG_TEXT = Text().with_variant(MEDIUMTEXT, "mysql")


class Calendar(Model):
    """Opening hours of support, in a time zone.

    :ivar hours: for each weekday, intervals such as ``["09:00", "17:00"]``.
    :ivar holidays: ISO dates on which support is closed, in order.
    :ivar version: counts its changes.
    """

    __tablename__ = "calendars"
    __table_args__ = TABLE_OPTIONS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    time_zone: Mapped[str] = mapped_column(String(64))
    hours: Mapped[dict[str, list[list[str]]]] = mapped_column(JSON)
    holidays: Mapped[list[str]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)


class Policy(Model):
    """Goals for tickets; the first active policy, by position, that fits one applies.

    :ivar priority: the priorities of the tickets that it fits; ``None`` for all.
    :ivar category_id: the categories of the tickets that it fits; ``None`` for all.
    :ivar first_response: a goal in minutes; ``None`` for no goal. The same holds for
        the other goals.
    :ivar calendar_id: only its opening hours count; ``None`` counts around the clock.
    :ivar version: counts its changes, and those of its calendar.
    """

    __tablename__ = "sla_policies"
    __table_args__ = TABLE_OPTIONS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    active: Mapped[bool]
    position: Mapped[int]
    priority: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    category_id: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    first_response: Mapped[int | None]
    next_response: Mapped[int | None]
    resolution: Mapped[int | None]
    calendar_id: Mapped[int | None] = mapped_column(
        ForeignKey("calendars.id", ondelete="SET NULL"), index=True
    )
    pause_on_customer: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)


class PolicyVersion(Model):
    """A version of a policy, with everything that counting by it needs; never changed.

    It outlives its policy, because resolved and closed tickets are still counted by it.

    :ivar content: JSON; see ``versions``.
    """

    __tablename__ = "sla_policy_versions"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    policy_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(100))
    content: Mapped[str] = mapped_column(LONG_TEXT)


class ServiceLevel(Model):
    """The service level of a ticket that has a policy; it follows from the log.

    It is changed only under the lock on the ticket. The columns that lists are filtered
    and sorted by are in ``Ticket``.

    :ivar clocks: the state of the clocks, as JSON.
    :ivar shown: the field ``sla`` of the ticket, as JSON.
    :ivar checked_until: alarms up to this time have been emitted, or date from before
        the ticket was counted by this policy.
    :ivar next_at: when the next alarm is due, if nothing happens until then.
    """

    __tablename__ = "ticket_service_levels"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    policy_id: Mapped[int]
    policy_version: Mapped[int]
    clocks: Mapped[str] = mapped_column(Text)
    shown: Mapped[str] = mapped_column(Text)
    checked_until: Mapped[datetime]
    next_at: Mapped[datetime | None] = mapped_column(index=True)
